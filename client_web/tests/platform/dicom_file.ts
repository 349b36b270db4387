/** Small DICOM files (PS3.10): explicit VR, little endian. */
import { letters } from './image_files'

const le16 = (n: number) => [n & 255, (n >> 8) & 255]
const le32 = (n: number) => [...le16(n & 0xffff), ...le16(n >>> 16)]
const even = (value: number[], fill: number) => (value.length % 2 === 0 ? value : [...value, fill])
const LONG = ['OB', 'OW', 'SQ']

function element(group: number, number: number, vr: string, value: number[]): number[] {
  const whole = even(value, vr === 'OB' || vr === 'UI' ? 0 : 32)
  return [...le16(group), ...le16(number), ...letters(vr), ...(LONG.includes(vr) ? [0, 0, ...le32(whole.length)] : le16(whole.length)), ...whole]
}

const SYNTAX = { plain: '1.2.840.10008.1.2.1', rle: '1.2.840.10008.1.2.5' }

/** Four by four shades of 8 bits; `rle`: as one fragment of one plane, each row a run. */
export function dicomOf(coding: 'plain' | 'rle', photometric = 'MONOCHROME2'): Uint8Array {
  const meta = element(0x0002, 0x0010, 'UI', letters(SYNTAX[coding]))
  const pixels = Array.from({ length: 16 }, (_, n) => 16 * n)
  const planes = [...le32(1), ...le32(64), ...new Array<number>(56).fill(0), ...[0, 1, 2, 3].flatMap((row) => [253, 60 * row])]
  const item = (bytes: number[]) => [0xfe, 0xff, 0x00, 0xe0, ...le32(bytes.length), ...bytes]
  const data = coding === 'plain' ? element(0x7fe0, 0x0010, 'OB', pixels)
    : [0xe0, 0x7f, 0x10, 0x00, ...letters('OB'), 0, 0, 0xff, 0xff, 0xff, 0xff, ...item([]), ...item(planes), 0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]
  const palette = [0x1101, 0x1102, 0x1103].flatMap((number) => element(0x0028, number, 'US', [...le16(16), ...le16(0), ...le16(16)]))
  const entries = [0x1201, 0x1202, 0x1203].flatMap((number) => element(0x0028, number, 'OW', Array.from({ length: 32 }, (_, n) => n)))
  return Uint8Array.from([
    ...new Array<number>(128).fill(0), ...letters('DICM'), ...element(0x0002, 0x0000, 'UL', le32(meta.length)), ...meta,
    ...element(0x0008, 0x0005, 'CS', letters('ISO_IR 192')), ...element(0x0008, 0x0023, 'DA', letters('20250309')), ...element(0x0008, 0x0033, 'TM', letters('140506')),
    ...element(0x0010, 0x0010, 'PN', letters('Canary^Alex')), ...element(0x0010, 0x0030, 'DA', letters('19610203')), ...element(0x0018, 0x0015, 'CS', letters('KNEE')),
    ...element(0x0028, 0x0002, 'US', le16(1)), ...element(0x0028, 0x0004, 'CS', letters(photometric)), ...element(0x0028, 0x0010, 'US', le16(4)), ...element(0x0028, 0x0011, 'US', le16(4)),
    ...element(0x0028, 0x0030, 'DS', letters('0.5\\0.5')), ...element(0x0028, 0x0100, 'US', le16(8)), ...element(0x0028, 0x0101, 'US', le16(8)), ...element(0x0028, 0x0102, 'US', le16(7)),
    ...element(0x0028, 0x0103, 'US', le16(0)), ...element(0x0028, 0x1050, 'DS', letters('128')), ...element(0x0028, 0x1051, 'DS', letters('256')),
    ...(photometric === 'PALETTE COLOR' ? [...palette, ...entries] : []), ...data,
  ])
}
