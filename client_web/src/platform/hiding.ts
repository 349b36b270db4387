/**
 * Hiding what identifies a patient, in the pixels themselves: what was hidden is not in the picture any more, under any
 * layer, in any part of the file. Coordinates are whole pixels of the picture as it was taken in.
 */
export interface Point { x: number; y: number }
export interface Box extends Point { width: number; height: number }
export interface Size { width: number; height: number }

/** `black` and `brush` cover; `blur` leaves some six patches of one colour each; the last `crop` is the picture's new edge. */
export type Hiding =
  | { how: 'black' | 'blur' | 'crop'; box: Box }
  | { how: 'brush'; points: Point[]; radius: number }

/** At most this many patches along a blurred box's longer side: a face is nobody's then, and no letter is one. */
const patches = 6

/** Within the picture, at least one pixel, whichever corner it was drawn from. */
export function boxWithin(from: Point, to: Point, { width, height }: Size): Box {
  const within = (value: number, most: number) => Math.min(most, Math.max(0, Math.round(value)))
  const [left, right] = [within(Math.min(from.x, to.x), width - 1), within(Math.max(from.x, to.x), width)]
  const [top, bottom] = [within(Math.min(from.y, to.y), height - 1), within(Math.max(from.y, to.y), height)]
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) }
}

/** Each patch becomes its average; `rgba` (four bytes a pixel) is changed. */
export function blurPixels(rgba: Uint8ClampedArray, { width, height }: Size) {
  const side = Math.max(1, Math.ceil(Math.max(width, height) / patches))
  for (let top = 0; top < height; top += side) {
    for (let left = 0; left < width; left += side) {
      averagePatch(rgba, width, { x: left, y: top, width: Math.min(side, width - left), height: Math.min(side, height - top) })
    }
  }
}

function averagePatch(rgba: Uint8ClampedArray, width: number, box: Box) {
  const sums = [0, 0, 0, 0]
  eachPixel(box, width, (at) => { for (let i = 0; i < 4; i += 1) sums[i] = (sums[i] as number) + (rgba[at + i] as number) })
  const colour = sums.map((sum) => sum / (box.width * box.height))
  eachPixel(box, width, (at) => rgba.set(colour, at))
}

function eachPixel(box: Box, width: number, act: (at: number) => void) {
  for (let y = box.y; y < box.y + box.height; y += 1) {
    for (let x = box.x; x < box.x + box.width; x += 1) act(4 * (y * width + x))
  }
}

/** The picture's new edge, or all of it. */
export function cropOf(hidings: readonly Hiding[], { width, height }: Size): Box {
  const crops = hidings.flatMap((one) => (one.how === 'crop' ? [one.box] : []))
  return crops.at(-1) ?? { x: 0, y: 0, width, height }
}

/** Draws one hiding onto a canvas that holds the whole picture at its own size. A crop changes nothing here. */
export function hide(context: CanvasRenderingContext2D, hiding: Hiding) {
  context.fillStyle = context.strokeStyle = '#000'
  if (hiding.how === 'brush') brush(context, hiding)
  else if (hiding.how === 'black') context.fillRect(hiding.box.x, hiding.box.y, hiding.box.width, hiding.box.height)
  else if (hiding.how === 'blur') {
    const { x, y, width, height } = hiding.box
    const pixels = context.getImageData(x, y, width, height)
    blurPixels(pixels.data, pixels)
    context.putImageData(pixels, x, y)
  }
}

function brush(context: CanvasRenderingContext2D, { points, radius }: { points: Point[]; radius: number }) {
  const [first, ...others] = points
  if (!first) return
  context.lineWidth = 2 * radius
  context.lineCap = context.lineJoin = 'round'
  context.beginPath()
  context.moveTo(first.x, first.y)
  context.lineTo(first.x, first.y)
  for (const { x, y } of others) context.lineTo(x, y)
  context.stroke()
}

/** A new canvas with what is left: hidden, then cut. */
export function hidden(bitmap: ImageBitmap, hidings: readonly Hiding[]): HTMLCanvasElement {
  const whole = canvasOf(bitmap)
  const context = whole.getContext('2d') as CanvasRenderingContext2D
  context.drawImage(bitmap, 0, 0)
  for (const hiding of hidings) hide(context, hiding)
  const crop = cropOf(hidings, bitmap)
  if (crop.width === whole.width && crop.height === whole.height) return whole
  const cut = canvasOf(crop)
  cut.getContext('2d')?.drawImage(whole, -crop.x, -crop.y)
  whole.width = whole.height = 0
  return cut
}

function canvasOf({ width, height }: Size): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  return canvas
}
