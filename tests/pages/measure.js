// What can be seen of the open page: text too small, lines too tight, text that sticks out of what holds it, targets too
// small, columns that a table hides on a desk, a page wider than its window.
({ text, lineHeight, target }) => {
  const faults = new Set()
  const name = (element) => {
    const id = element.id ? `#${element.id}` : ''
    const words = (element.innerText || element.value || element.getAttribute('aria-label') || '').trim().slice(0, 24)
    return `<${element.localName}${id} class="${element.getAttribute('class') || ''}"> ${words}`
  }
  const seen = (element) => {
    const box = element.getBoundingClientRect()
    // What stands outside of the page or in a pixel is for screen readers.
    return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && box.width > 1 &&
      box.height > 1 && box.right > 0 && box.bottom > 0
  }
  const rolls = (element, end) => {
    for (let each = element; each && each !== end; each = each.parentElement) {
      if (getComputedStyle(each).overflowX !== 'visible') return true
    }
    return false
  }
  // Words may roll within something that rolls, but not hang out over an edge.
  const sticksOut = (node, element) => {
    const holder = element.closest('.btn, .badge, .choice, .stat, .row, td, th, .panel, dialog, [role=alert]')
    if (!holder || rolls(element, holder)) return 0
    const range = document.createRange()
    range.selectNodeContents(node)
    return Math.max(...[...range.getClientRects()].map((box) => box.right), 0) - holder.getBoundingClientRect().right
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement
    if (!node.data.trim() || element.closest('svg, script, style, noscript, option') || !seen(element)) continue
    const style = getComputedStyle(element)
    const size = parseFloat(style.fontSize)
    if (size < text - 0.01) faults.add(`text ${size}px: ${name(element)}`)
    const line = style.lineHeight === 'normal' ? 1.2 : parseFloat(style.lineHeight) / size
    if (line < lineHeight - 0.01) faults.add(`line height ${line.toFixed(2)}: ${name(element)}`)
    const out = sticksOut(node, element)
    if (out > 1) faults.add(`sticks out by ${Math.round(out)}px: ${name(element)}`)
  }
  const targets = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]'
  for (const element of document.querySelectorAll(targets)) {
    if (!seen(element) || element.disabled) continue
    // A link within a sentence is as high as its line; a box or a dot is as large as its label.
    const sentence = element.localName === 'a' && getComputedStyle(element).display === 'inline' &&
      element.parentElement.innerText.trim().length > element.innerText.trim().length
    if (sentence) continue
    const whole = (['checkbox', 'radio'].includes(element.type) && element.closest('label')) || element
    const box = whole.getBoundingClientRect()
    if (box.height < target - 0.5 || box.width < target - 0.5) {
      faults.add(`target ${Math.round(box.width)}×${Math.round(box.height)}: ${name(element)}`)
    }
  }
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth
  // On a desk a table shows all its columns.
  if (innerWidth >= 1024) {
    for (const table of document.querySelectorAll('.table-wrap')) {
      const hidden = table.scrollWidth - table.clientWidth
      if (hidden > 1 && seen(table)) faults.add(`a table hides ${hidden}px of its columns: ${table.ariaLabel}`)
    }
  }
  if (wide > 0) faults.add(`the page is ${wide}px wider than its window`)
  return [...faults]
}
