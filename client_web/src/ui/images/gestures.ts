type Zoom = (factor: number, x: number, y: number) => void
type Pan = (x: number, y: number) => void

/** Wheel, drag and pinch on an element, as zooms about a point (CSS pixels from the middle) and pans. */
export const gestures = (zoom: Zoom, pan: Pan) => (element: HTMLElement) => {
  const fingers = new Map<number, { x: number; y: number }>()
  const fromMiddle = (x: number, y: number) => {
    const box = element.getBoundingClientRect()
    return [x - box.left - box.width / 2, y - box.top - box.height / 2] as const
  }
  function wheel(event: WheelEvent) {
    event.preventDefault()
    zoom(Math.exp(-event.deltaY / 400), ...fromMiddle(event.clientX, event.clientY))
  }
  function down(event: PointerEvent) {
    if (event.target instanceof Element && event.target.closest('button')) return  // A captured pointer presses no button.
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY })
    element.setPointerCapture(event.pointerId)
  }
  function move(event: PointerEvent) {
    const before = fingers.get(event.pointerId)
    if (!before) return
    const now = { x: event.clientX, y: event.clientY }
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1]
    fingers.set(event.pointerId, now)
    if (!other) return pan(now.x - before.x, now.y - before.y)
    const spread = (point: { x: number; y: number }) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y))
    zoom(spread(now) / spread(before), ...fromMiddle((now.x + other.x) / 2, (now.y + other.y) / 2))
  }
  const up = (event: PointerEvent) => { fingers.delete(event.pointerId) }

  const over = new AbortController()
  const { signal } = over
  element.addEventListener('wheel', wheel, { passive: false, signal })
  element.addEventListener('pointerdown', down, { signal })
  element.addEventListener('pointermove', move, { signal })
  element.addEventListener('pointerup', up, { signal })
  element.addEventListener('pointercancel', up, { signal })
  return () => over.abort()
}
