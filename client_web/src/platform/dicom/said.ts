/**
 * What a DICOM file says of its picture, for the person in front of this device alone: whose it is, to compare with the consent; what it shows and
 * when it was taken, to propose. It is kept no longer than that step, and nothing else of the file is read.
 */
import { instantOf } from '../exif'
import type { PixelSpacing } from '../../protocol/types'
import { tag, type DataSet } from './data_set'
import { spacingIn } from './spacing'

/** `names`: one in each script, "Family^Given^Middle^Prefix^Suffix" (PS3.5, 6.2.1). `birthDate`: "2025-03-09", or empty. `burnedIn`: letters may be part of the pixels. */
export interface Said {
  names: string[]; birthDate: string; kind: 'radiograph' | 'scan' | 'photograph' | 'document' | null; bodySite: string
  laterality: 'left' | 'right' | 'bilateral' | ''; takenAt: number | null; burnedIn: 'yes' | 'maybe' | 'no'; pixelSpacing: PixelSpacing | null
}

/** `now`: a moment later than that was not said. */
export function saidIn(data: DataSet, now: number): Said {
  return { names: namesIn(data), birthDate: birthDateIn(data), kind: kindOf[data.string(tag.modality) ?? ''] ?? null, bodySite: bodySiteIn(data), laterality: lateralityIn(data), takenAt: takenIn(data, now), burnedIn: burnedIn(data), pixelSpacing: spacingIn(data) }
}

/** PS3.3, C.7.3.1.1.1. */
const kindOf: Record<string, Said['kind']> = {
  CR: 'radiograph', DX: 'radiograph', RG: 'radiograph', RF: 'radiograph', XA: 'radiograph', MG: 'radiograph', IO: 'radiograph', PX: 'radiograph',
  CT: 'scan', MR: 'scan', US: 'scan', IVUS: 'scan', NM: 'scan', PT: 'scan', OPT: 'scan', OCT: 'scan', BMD: 'scan',
  XC: 'photograph', ES: 'photograph', GM: 'photograph', DMS: 'photograph', OP: 'photograph', SM: 'photograph', DOC: 'document',
}

/** PS3.3, C.12.1.1.2. Of several character sets the first one writes the first group; the others have one only where that is UTF-8 or Chinese. */
const encodings: Record<string, string> = {
  'ISO_IR 100': 'iso-8859-1', 'ISO_IR 101': 'iso-8859-2', 'ISO_IR 109': 'iso-8859-3', 'ISO_IR 110': 'iso-8859-4', 'ISO_IR 144': 'iso-8859-5', 'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7', 'ISO_IR 138': 'iso-8859-8', 'ISO_IR 148': 'iso-8859-9', 'ISO_IR 203': 'iso-8859-15', 'ISO_IR 13': 'shift_jis', 'ISO_IR 166': 'windows-874',
  'ISO_IR 192': 'utf-8', GB18030: 'gb18030', GBK: 'gbk',
}

function namesIn(data: DataSet): string[] {
  const element = data.elements[tag.patientName]
  if (element === undefined) return []
  const bytes = (data.byteArray as Uint8Array).slice(element.dataOffset, element.dataOffset + Math.min(element.length, 324))
  const named = new TextDecoder(encodings[(data.string(tag.characterSet, 0) ?? '').replace('ISO 2022 IR', 'ISO_IR')] ?? 'utf-8').decode(bytes)
  // What is left of an escape sequence (ISO/IEC 2022) is no letter.
  return named.split('=').filter((name) => !name.includes('\x1b')).map((name) => name.replaceAll('\0', '').trim()).filter((name) => /\p{L}|\p{N}/u.test(name))
}

function birthDateIn(data: DataSet): string {
  const [, year, month, day] = dateParts.exec(data.string(tag.birthDate) ?? '') ?? []
  return year === undefined ? '' : `${year}-${month}-${day}`
}
/** "20250309", and "2025.03.09" of the standard before 1993. */
const dateParts = /^(\d{4})\.?(\d\d)\.?(\d\d)/

/** A code of PS3.16, annex L; several run two words together. Anything but letters is not taken over. */
const spelled: Record<string, string> = { CSPINE: 'cervical spine', TSPINE: 'thoracic spine', LSPINE: 'lumbar spine', LSSPINE: 'lumbosacral spine', TLSPINE: 'thoracolumbar spine', WHOLEBODY: 'whole body' }
function bodySiteIn(data: DataSet): string {
  const code = (data.string(tag.bodyPart) ?? '').trim()
  return spelled[code] ?? (/^[A-Z ]{2,16}$/.test(code) ? code.toLowerCase() : '')
}

function lateralityIn(data: DataSet): Said['laterality'] {
  const side = data.string(tag.imageLaterality) || data.string(tag.laterality) || ''
  return ({ L: 'left', R: 'right', B: 'bilateral' } as const)[side] ?? ''
}

function takenIn(data: DataSet, now: number): number | null {
  const pairs = [[tag.acquisitionDate, tag.acquisitionTime], [tag.contentDate, tag.contentTime]] as const
  const moments = [data.string(tag.acquisitionDateTime), ...pairs.map(([date, time]) => (data.string(date) ?? '').replaceAll('.', '') + (data.string(time) ?? '').replaceAll(':', ''))]
  const at = moments.map((moment) => instantIn(moment ?? '', data.string(tag.timezone) ?? '')).find((one) => one !== null) ?? null
  return at !== null && at <= now ? at : null
}

/** "20250309140506.123+0530": without a minute it says no moment. */
function instantIn(moment: string, zone: string): number | null {
  const [, year, month, day, hour, minute, second = '00', own] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?([+-]\d{4})?$/.exec(moment) ?? []
  const offset = /^([+-]\d\d)(\d\d)$/.exec(own ?? zone)
  return year === undefined ? null : instantOf(`${year}:${month}:${day} ${hour}:${minute}:${second}`, offset ? `${offset[1]}:${offset[2]}` : '')
}

/** Where nothing is said: pictures of screens, prints and cameras, and ultrasound, are those that bear a name (PS3.15, E.1; C.8.6 for secondary capture). */
const oftenWritten = /^(US|IVUS|SC|OT|ES|XC|GM|OP|DOC|XA|RF|NM|PT|BMD|OPT)$/
function burnedIn(data: DataSet): Said['burnedIn'] {
  const said = data.string(tag.burnedIn)
  if (said === 'YES') return 'yes'
  if (said === 'NO') return 'no'
  const captured = data.elements[tag.conversionType] !== undefined || /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/.test(data.string(tag.sopClass) ?? '')
  return captured || oftenWritten.test(data.string(tag.modality) ?? '') || /SCREEN|DERIVED\\SECONDARY/.test(data.string(tag.imageType) ?? '') ? 'maybe' : 'no'
}
