/** What a compressed frame says of itself before it is decoded: a decoder goes by that, whatever the data set around it says. */
import { jpegSegments, startsWith, viewOf } from '../image_parts'

export interface CodedSize { width: number; height: number; components: number; precision: number }

/** JPEG and JPEG-LS by their frame header (ITU-T T.81, B.2.2; T.87, C.2.2), JPEG 2000 by SIZ (T.800, A.5.1). Null for anything else. */
export const codedSize = (bytes: Uint8Array): CodedSize | null => sizeOfJpeg(bytes) ?? sizeOfJpeg2000(bytes)

function sizeOfJpeg(bytes: Uint8Array): CodedSize | null {
  const view = viewOf(bytes)
  for (const { name, start } of jpegSegments(bytes)) {
    if (!/^(c[0-35-7]|f7)$/.test(name)) continue
    if (start + 6 > bytes.length) return null
    return { precision: view.getUint8(start), height: view.getUint16(start + 1), width: view.getUint16(start + 3), components: view.getUint8(start + 5) }
  }
  return null
}

/** Every component must be of the picture's own size and of one precision, as DICOM demands. */
function sizeOfJpeg2000(bytes: Uint8Array): CodedSize | null {
  if (!startsWith(bytes, 0, [0xff, 0x4f, 0xff, 0x51]) || bytes.length < 64) return null
  const view = viewOf(bytes)
  const components = view.getUint16(40)
  if (components > 3) return null
  for (let n = 0; n < components; n += 1) if (!startsWith(bytes, 42 + 3 * n, [bytes[42] as number, 1, 1])) return null
  return { width: view.getUint32(8) - view.getUint32(16), height: view.getUint32(12) - view.getUint32(20), components, precision: ((bytes[42] as number) & 0x7f) + 1 }
}
