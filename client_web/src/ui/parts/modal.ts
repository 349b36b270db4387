/**
 * Opens a `<dialog>` as modal for as long as it stands in the page: the browser traps focus, makes the page behind inert and
 * answers Escape and the phone's Back gesture. Focus returns to where it was.
 */
export const modal = (onclose: () => void) => (dialog: HTMLDialogElement) => {
  const before = document.activeElement
  const cancelled = (event: Event) => { event.preventDefault(); onclose() }
  dialog.addEventListener('cancel', cancelled)
  dialog.addEventListener('close', onclose)
  dialog.showModal()
  return () => {
    dialog.removeEventListener('close', onclose)
    dialog.close()
    if (before instanceof HTMLElement && before.isConnected) before.focus()
  }
}
