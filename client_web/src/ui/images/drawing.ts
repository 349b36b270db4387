import type { Point, Size } from '../../platform/hiding'

/** One finger or the mouse drawing on an element that shows a picture of `size()`: the points so far, in its pixels. A second finger is ignored. */
export const drawing = (size: () => Size, stroke: (points: Point[], ended: boolean) => void) => (element: HTMLElement) => {
  let pointer: number | null = null
  let points: Point[] = []
  const at = (event: PointerEvent): Point => {
    const box = element.getBoundingClientRect()
    return { x: ((event.clientX - box.left) / box.width) * size().width, y: ((event.clientY - box.top) / box.height) * size().height }
  }
  function down(event: PointerEvent) {
    if (pointer !== null || event.button !== 0) return
    pointer = event.pointerId
    element.setPointerCapture(pointer)
    points = [at(event)]
    stroke(points, false)
  }
  function move(event: PointerEvent) {
    if (event.pointerId !== pointer) return
    points = [...points, at(event)]
    stroke(points, false)
  }
  function up(event: PointerEvent) {
    if (event.pointerId !== pointer) return
    pointer = null
    stroke([...points, at(event)], true)
  }
  function cancel(event: PointerEvent) { if (event.pointerId === pointer) pointer = null }

  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', cancel)
}
