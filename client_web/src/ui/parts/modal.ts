const openedFrom = new WeakMap<Element, Element>()

function standing(dialog: Element): HTMLElement | null {
  let from = openedFrom.get(dialog)
  while (from && !from.isConnected) {
    const inside = from.closest('dialog')
    from = inside ? openedFrom.get(inside) : undefined
  }
  return from instanceof HTMLElement ? from : null
}

/**
 * Opens a `<dialog>` as modal for as long as it stands in the page: the browser traps focus, makes the page behind inert and
 * answers Escape and the phone's Back gesture. Focus returns to what it was opened from, or to what opened that, if it is gone.
 */
export const modal = (onclose: () => void) => (dialog: HTMLDialogElement) => {
  if (document.activeElement) openedFrom.set(dialog, document.activeElement)
  const cancelled = (event: Event) => { event.preventDefault(); onclose() }
  /** The browser would count Escapes: the second without a press in between it would not let us refuse, and close whatever stands below as well. */
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented) return
    event.preventDefault()
    event.stopPropagation()
    onclose()
  }
  /** So it is with a phone's Back gesture, which is not a key: what was closed unasked stands again, and asks. */
  const closed = () => {
    if (!dialog.open) dialog.showModal()
    onclose()
  }
  dialog.addEventListener('keydown', pressed)
  dialog.addEventListener('cancel', cancelled)
  dialog.addEventListener('close', closed)
  dialog.showModal()
  return () => {
    dialog.removeEventListener('close', closed)
    dialog.close()
    standing(dialog)?.focus()
  }
}
