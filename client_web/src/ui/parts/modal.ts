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
  dialog.addEventListener('cancel', cancelled)
  dialog.addEventListener('close', onclose)
  dialog.showModal()
  return () => {
    dialog.removeEventListener('close', onclose)
    dialog.close()
    standing(dialog)?.focus()
  }
}
