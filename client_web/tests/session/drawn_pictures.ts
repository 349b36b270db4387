/** Pictures of brightness, made of the same soft spots and lines for the same seed: enough in them to be recognised by. */
import type { Grey } from '../../src/session/recognition/grey'

/** Numbers from 0 to 1. */
export function numbers(seed: number): () => number {
  let state = seed * 7919 + 1
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

export function drawn(seed: number, width = 480, height = 600): Grey {
  const next = numbers(seed)
  const spots = Array.from({ length: 260 }, () => ({ x: next() * width, y: next() * height, size: 3 + 22 * next() ** 2, light: 160 * (next() - 0.5), long: 0.5 + next() }))
  const values = new Float32Array(width * height).fill(110)
  for (const { x, y, size, light, long } of spots) {
    for (let down = Math.max(0, Math.floor(y - 3 * size)); down < Math.min(height, y + 3 * size); down += 1) {
      for (let right = Math.max(0, Math.floor(x - 3 * size)); right < Math.min(width, x + 3 * size); right += 1) {
        values[down * width + right]! += light * Math.exp(-(((right - x) / long) ** 2 + ((down - y) * long) ** 2) / (2 * size * size))
      }
    }
  }
  return { width, height, values: values.map((value) => Math.min(255, Math.max(0, value))) }
}

export const flat = (width = 480, height = 600): Grey => ({ width, height, values: new Float32Array(width * height).fill(90) })

/** By the inverse of how places move: `from` says where a pixel of the new picture lies in the old one. */
export function moved(grey: Grey, width: number, height: number, from: (x: number, y: number) => [number, number], otherwise = 20): Grey {
  const values = new Float32Array(width * height).fill(otherwise)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = from(x, y)
      const [left, top] = [Math.floor(u), Math.floor(v)]
      if (left < 0 || top < 0 || left >= grey.width - 1 || top >= grey.height - 1) continue
      const at = (right: number, down: number) => grey.values[(top + down) * grey.width + left + right]!
      const above = at(0, 0) + (at(1, 0) - at(0, 0)) * (u - left)
      const below = at(0, 1) + (at(1, 1) - at(0, 1)) * (u - left)
      values[y * width + x] = above + (below - above) * (v - top)
    }
  }
  return { width, height, values }
}

/** The middle of it, each side `share` of the whole's. */
export function cropped(grey: Grey, share: number): Grey {
  const [width, height] = [Math.round(grey.width * share), Math.round(grey.height * share)]
  return moved(grey, width, height, (x, y) => [x + (grey.width - width) / 2, y + (grey.height - height) / 2])
}
