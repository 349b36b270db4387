/** A picture on a canvas that can be looked at closely, with the viewer's name across it. */
export interface View { zoom: number; x: number; y: number }

export const wholeView: View = { zoom: 1, x: 0, y: 0 }
export const mostZoom = 12

/** Zooms by `factor` about a point, in canvas pixels from the middle; the point stays where it is. */
export function zoomed(view: View, factor: number, x = 0, y = 0): View {
  const zoom = Math.min(mostZoom, Math.max(1, view.zoom * factor))
  if (zoom === 1) return wholeView
  const by = zoom / view.zoom
  return { zoom, x: x - (x - view.x) * by, y: y - (y - view.y) * by }
}

/** The picture cannot be pushed further than its own edge at the middle of the canvas. */
export function moved(view: View, x: number, y: number, canvas: { width: number; height: number }): View {
  const within = (value: number, most: number) => Math.min(most, Math.max(-most, value))
  return { zoom: view.zoom, x: within(view.x + x, (canvas.width * view.zoom) / 2), y: within(view.y + y, (canvas.height * view.zoom) / 2) }
}

/** Where a picture lies on a canvas, in its pixels: its upper left corner, and how large one of its own pixels is. */
export interface Place { left: number; top: number; scale: number }

export function placeOf(view: View, picture: { width: number; height: number }, canvas: { width: number; height: number }): Place {
  const scale = Math.min(canvas.width / picture.width, canvas.height / picture.height) * view.zoom
  return { left: canvas.width / 2 + view.x - (picture.width * scale) / 2, top: canvas.height / 2 + view.y - (picture.height * scale) / 2, scale }
}

export function draw(canvas: HTMLCanvasElement, bitmap: ImageBitmap, view: View, mark: string, ratio: number) {
  const context = canvas.getContext('2d')
  if (context === null) return
  const { left, top, scale } = placeOf(view, bitmap, canvas)
  context.fillStyle = '#000'
  context.fillRect(0, 0, canvas.width, canvas.height)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, left, top, bitmap.width * scale, bitmap.height * scale)
  drawMark(context, canvas, mark, ratio)
}

/** Repeated diagonally at a fixed size on screen, so that no crop of a photograph of the screen is without a name. */
function drawMark(context: CanvasRenderingContext2D, { width, height }: HTMLCanvasElement, mark: string, ratio: number) {
  context.save()
  context.translate(width / 2, height / 2)
  context.rotate(-Math.PI / 7)
  context.font = `600 ${15 * ratio}px system-ui, sans-serif`
  context.textAlign = 'center'
  const [step, stride] = [110 * ratio, context.measureText(mark).width + 70 * ratio]
  const reach = Math.hypot(width, height) / 2
  for (let y = -reach, row = 0; y <= reach; y += step, row += 1) {
    for (let x = -reach - (row % 2) * (stride / 2); x <= reach + stride; x += stride) drawWord(context, mark, x, y, ratio)
  }
  context.restore()
}

/** Light with a dark edge: readable on bone and on air, and thin enough to look through. */
function drawWord(context: CanvasRenderingContext2D, mark: string, x: number, y: number, ratio: number) {
  context.lineWidth = 2 * ratio
  context.strokeStyle = 'rgb(0 0 0 / 28%)'
  context.fillStyle = 'rgb(255 255 255 / 30%)'
  context.strokeText(mark, x, y)
  context.fillText(mark, x, y)
}

/** Leaves no pixel behind. */
export function clear(canvas: HTMLCanvasElement) { canvas.width = canvas.height = 0 }
