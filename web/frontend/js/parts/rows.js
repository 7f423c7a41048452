// Lists that are drawn again while somebody may be pressing a button in them.

/** Shows these rows in this order. What stands already stays where it is: a tap that is under way is not lost. */
export function arrange(list, rows) {
  for (const old of [...list.children]) if (!rows.includes(old)) old.remove();
  for (const [at, row] of rows.entries()) if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
}
