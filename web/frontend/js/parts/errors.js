const SUMMARY = "[data-error-summary]:not([data-shown-only] *)";

/** After a refusal the errors are read first. */
export const readErrors = (part) => part.querySelector?.(SUMMARY)?.focus();
