/**
 * Focus goes here when this appears, if it was lost with what stood here before: a step that is over, a screen that was locked.
 * Whoever is at work elsewhere is not disturbed.
 */
export const startHere = (element: HTMLElement) => {
  if (document.activeElement !== null && document.activeElement !== document.body) return
  element.tabIndex = -1
  element.focus()
}
