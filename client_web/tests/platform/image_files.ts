/** Image files as few bytes as their readers need: parts in their wrappings, with nothing that could be decoded. */
export const letters = (text: string) => [...text].map((letter) => letter.charCodeAt(0))
export const be16 = (n: number) => [(n >> 8) & 255, n & 255]
export const be32 = (n: number) => [...be16(n >>> 16), ...be16(n & 0xffff)]
const le16 = (n: number) => be16(n).reverse()
const le32 = (n: number) => be32(n).reverse()

export const segment = (marker: number, body: readonly number[]) => [0xff, marker, ...be16(body.length + 2), ...body]
export const chunk = (name: string, body: readonly number[]) => [...be32(body.length), ...letters(name), ...body, 0, 0, 0, 0]
export const riffChunk = (name: string, body: readonly number[]) => [...letters(name), ...le32(body.length), ...body, ...(body.length % 2 ? [0] : [])]
export const jpegFrame = (width: number, height: number, marker = 0xc0) => segment(marker, [8, ...be16(height), ...be16(width), 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
const scan = [...segment(0xda, [1, 1, 0, 0, 63, 0]), 1, 2, 3, 0xff, 0xd9]

export const jpegOf = (...segments: number[][]) => new Uint8Array([0xff, 0xd8, ...segments.flat(), ...scan])
export const pngOf = (width: number, height: number, ...chunks: number[][]) =>
  new Uint8Array([0x89, ...letters('PNG\r\n'), 0x1a, 0x0a, ...chunk('IHDR', [...be32(width), ...be32(height), 8, 2, 0, 0, 0]), ...chunks.flat(), ...chunk('IDAT', [1, 2, 3]), ...chunk('IEND', [])])
export function webpOf(...chunks: number[][]): Uint8Array {
  const body = [...letters('WEBP'), ...chunks.flat()]
  return new Uint8Array([...letters('RIFF'), ...le32(body.length), ...body])
}
export const vp8x = (width: number, height: number, flags = 0) => riffChunk('VP8X', [flags, 0, 0, 0, ...le32(width - 1).slice(0, 3), ...le32(height - 1).slice(0, 3)])

export const inJpeg = (exif: Uint8Array) => jpegOf(segment(0xe1, [...letters('Exif\0\0'), ...exif]), jpegFrame(40, 30))
export const inPng = (exif: Uint8Array) => pngOf(40, 30, chunk('eXIf', [...exif]))
export const inWebp = (exif: Uint8Array) => webpOf(vp8x(40, 30, 8), riffChunk('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 40, 0, 30, 0]), riffChunk('EXIF', [...exif]))

/** A TIFF structure with a first directory, and from it the camera's. */
export function tiff({ orientation = 1, moment = '', offset = '' }: { orientation?: number; moment?: string; offset?: string }, little = true): Uint8Array {
  const [two, four] = little ? [le16, le32] : [be16, be32]
  const entry = (tag: number, type: number, count: number, value: number[]) => [...two(tag), ...two(type), ...four(count), ...[...value, 0, 0, 0, 0].slice(0, 4)]
  const camera = 8 + 2 + 2 * 12 + 4
  const texts = camera + 2 + 2 * 12 + 4
  return new Uint8Array([
    ...letters(little ? 'II' : 'MM'), ...two(42), ...four(8),
    ...two(2), ...entry(0x0112, 3, 1, two(orientation)), ...entry(0x8769, 4, 1, four(camera)), ...four(0),
    ...two(2), ...entry(0x9003, 2, 20, four(texts)), ...entry(0x9011, 2, 7, four(texts + 20)), ...four(0),
    ...letters(moment.padEnd(20, '\0')), ...letters(offset.padEnd(7, '\0')),
  ])
}
