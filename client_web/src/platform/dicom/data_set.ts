/** The data set of a DICOM file (PS3.10, section 7) and what kind of object it holds (PS3.4, annex B.5). */
import { parseDicom, type DataSet } from 'dicom-parser'
import { DicomError } from './refusals'

export type { DataSet }
/** dicom-parser's spelling of the tags read here (PS3.6). No other is looked at. */
export const tag = {
  transferSyntax: 'x00020010', sopClass: 'x00080016', characterSet: 'x00080005', imageType: 'x00080008', conversionType: 'x00080064', modality: 'x00080060', timezone: 'x00080201',
  acquisitionDateTime: 'x0008002a', acquisitionDate: 'x00080022', acquisitionTime: 'x00080032', contentDate: 'x00080023', contentTime: 'x00080033',
  patientName: 'x00100010', birthDate: 'x00100030', bodyPart: 'x00180015', laterality: 'x00200060', imageLaterality: 'x00200062',
  pixelSpacing: 'x00280030', spacingCalibration: 'x00280a02', pixelMeasures: 'x00289110', samples: 'x00280002', photometric: 'x00280004', planar: 'x00280006', frames: 'x00280008', rows: 'x00280010', columns: 'x00280011',
  allocated: 'x00280100', stored: 'x00280101', high: 'x00280102', signed: 'x00280103', padding: 'x00280120', burnedIn: 'x00280301',
  windowCenter: 'x00281050', windowWidth: 'x00281051', windowWords: 'x00281055', windowFunction: 'x00281056', intercept: 'x00281052', slope: 'x00281053',
  palette: ['x00281101', 'x00281102', 'x00281103'], paletteData: ['x00281201', 'x00281202', 'x00281203'],
  shared: 'x52009229', perFrame: 'x52009230', valueTransformation: 'x00289145', frameVoi: 'x00289132',
  pixels: 'x7fe00010', floatPixels: 'x7fe00008', doublePixels: 'x7fe00009',
} as const

/** Throws DicomError. */
export function readDataSet(bytes: Uint8Array): DataSet {
  const data = parsed(bytes)
  const what = objects.find(([kind]) => kind.test(data.string(tag.sopClass) ?? ''))?.[1]
  if (what !== undefined) throw new DicomError('not_a_picture', what)
  const coding = codings.find(([kind]) => kind.test(syntaxOf(data)))?.[1]
  if (coding !== undefined) throw coding === video ? new DicomError('not_a_picture', video) : new DicomError('unknown_coding', coding)
  if (data.elements[tag.floatPixels] ?? data.elements[tag.doublePixels]) throw new DicomError('unknown_pixels', 'pixels of floating point')
  if (data.elements[tag.pixels] === undefined) throw new DicomError('not_a_picture', 'no picture')
  return data
}

export const syntaxOf = (data: DataSet) => data.string(tag.transferSyntax) ?? ''

/** dicom-parser throws strings and range errors at what is cut short or does not fit. A deflated data set it leaves alone: nothing inflates here. */
function parsed(bytes: Uint8Array): DataSet {
  const inflater = () => { throw new DicomError('unknown_coding', 'a deflated data set') }
  try { return parseDicom(bytes, { inflater }) } catch (thrown) {
    throw thrown instanceof DicomError ? thrown : new DicomError('cannot_be_read')
  }
}

const video = 'a video'
const storage = '1\\.2\\.840\\.10008\\.5\\.1\\.4\\.1\\.1\\.'
const objects: [RegExp, string][] = [
  [/^1\.2\.840\.10008\.1\.3\.10$/, 'a list of other files (DICOMDIR)'],
  [new RegExp(`^${storage}77\\.1\\.[124]\\.1$`), video],
  [new RegExp(`^${storage}104\\.1$`), 'a PDF document'],
  [new RegExp(`^${storage}104\\.`), 'an enclosed document'],
  [new RegExp(`^${storage}88\\.`), 'a structured report'],
  [new RegExp(`^${storage}9\\.`), 'a waveform, such as an ECG'],
  [new RegExp(`^${storage}11\\.`), 'settings of a viewer (a presentation state)'],
  [new RegExp(`^${storage}66(\\.|$)`), 'a segmentation or registration'],
  [new RegExp(`^${storage}481\\.[2-9]`), 'a plan of radiotherapy'],
]
/** Transfer syntaxes (PS3.6, table A-1) that cannot be read here, by their names. */
const codings: [RegExp, string][] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.10\d/, video],
  [/^1\.2\.840\.10008\.1\.2\.4\.11\d$/, 'JPEG XL'],
  [/^1\.2\.840\.10008\.1\.2\.4\.20[1-5]$/, 'High-Throughput JPEG 2000'],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[23]$/, 'JPEG 2000 part 2'],
  [/^1\.2\.840\.10008\.1\.2\.4\.9[45]$/, 'a reference to another place (JPIP)'],
  [/^(?!1\.2\.840\.10008\.1\.2(\.1|\.1\.99|\.2|\.5|\.4\.(50|51|57|70|80|81|90|91))?$)/, 'something unknown'],
]
