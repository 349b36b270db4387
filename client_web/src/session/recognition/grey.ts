/** Pictures as grids of brightness, and what is done to them before anything is looked for in them. No DOM: who has a canvas makes one from its pixels. */

/** `values`: brightness row by row, 0 to 255. */
export interface Grey { width: number; height: number; values: Float32Array }

/** Rec. 601 luma of RGBA pixels. */
export function greyOf(rgba: ArrayLike<number>, width: number, height: number): Grey {
  const values = new Float32Array(width * height)
  for (let i = 0, p = 0; i < values.length; i += 1, p += 4) values[i] = 0.299 * rgba[p]! + 0.587 * rgba[p + 1]! + 0.114 * rgba[p + 2]!
  return { width, height, values }
}

/** Bilinear. To be made smaller by more than a half, a picture goes down by halves. */
export function resized(grey: Grey, width: number, height: number): Grey {
  if (grey.width > 2 * width && grey.height > 2 * height) return resized(halved(grey), width, height)
  const values = new Float32Array(width * height)
  const [right, down] = [grey.width / width, grey.height / height]
  for (let y = 0; y < height; y += 1) {
    const v = Math.min(grey.height - 1, Math.max(0, (y + 0.5) * down - 0.5))
    const top = Math.min(grey.height - 2, Math.floor(v))
    for (let x = 0; x < width; x += 1) {
      const u = Math.min(grey.width - 1, Math.max(0, (x + 0.5) * right - 0.5))
      const left = Math.min(grey.width - 2, Math.floor(u))
      const at = top * grey.width + left
      const [a, b] = [grey.values[at]!, grey.values[at + 1]!]
      const [c, d] = [grey.values[at + grey.width]!, grey.values[at + grey.width + 1]!]
      const above = a + (b - a) * (u - left)
      values[y * width + x] = above + (c + (d - c) * (u - left) - above) * (v - top)
    }
  }
  return { width, height, values }
}

function halved({ width, height, values }: Grey): Grey {
  const [half, halfDown] = [width >> 1, height >> 1]
  const mean = new Float32Array(half * halfDown)
  for (let y = 0; y < halfDown; y += 1) {
    for (let x = 0; x < half; x += 1) {
      const at = 2 * y * width + 2 * x
      mean[y * half + x] = (values[at]! + values[at + 1]! + values[at + width]! + values[at + width + 1]!) / 4
    }
  }
  return { width: half, height: halfDown, values: mean }
}

/** With the binomial kernel 1 4 6 4 1, of standard deviation 1 pixel; edges are repeated. */
export function blurred({ width, height, values }: Grey): Grey {
  const along = new Float32Array(values.length)
  const both = new Float32Array(values.length)
  for (let y = 0; y < height; y += 1) {
    const row = y * width
    const at = (x: number) => values[row + Math.min(width - 1, Math.max(0, x))]!
    for (let x = 0; x < width; x += 1) {
      along[row + x] = x < 2 || x >= width - 2
        ? (at(x - 2) + at(x + 2) + 4 * (at(x - 1) + at(x + 1)) + 6 * at(x)) / 16
        : (values[row + x - 2]! + values[row + x + 2]! + 4 * (values[row + x - 1]! + values[row + x + 1]!) + 6 * values[row + x]!) / 16
    }
  }
  for (let y = 0; y < height; y += 1) {
    const rows = [-2, -1, 0, 1, 2].map((by) => width * Math.min(height - 1, Math.max(0, y + by)))
    const [a, b, c, d, e] = rows as [number, number, number, number, number]
    for (let x = 0; x < width; x += 1) both[y * width + x] = (along[a + x]! + along[e + x]! + 4 * (along[b + x]! + along[d + x]!) + 6 * along[c + x]!) / 16
  }
  return { width, height, values: both }
}
