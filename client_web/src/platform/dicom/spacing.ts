/** How large a pixel is in the patient, where a DICOM file says so for certain. */
import type { PixelSpacing } from '../../protocol/types'
import { tag, type DataSet } from './data_set'

/** Slices: what is between two pixels there lies between them in the patient. */
const slices = /^(CT|MR|PT)$/
const calibrated = /^(GEOMETRY|FIDUCIAL)$/
const captured = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.|$)/
const nanometres = 1_000_000
const mostNanometres = 100_000_000

/**
 * PS3.3, 10.7.1.3: in a projection, as an x-ray is, the spacing is that of the detector, where the patient's shadow is larger than the patient;
 * unless the file says how it was corrected. That of a picture of a screen is nobody's.
 */
export function spacingIn(data: DataSet): PixelSpacing | null {
  const said = data.elements[tag.pixelSpacing] === undefined ? measuresIn(data) : data
  if (said === null || captured.test(data.string(tag.sopClass) ?? '') || data.elements[tag.conversionType] !== undefined) return null
  if (!slices.test(data.string(tag.modality) ?? '') && !calibrated.test(said.string(tag.spacingCalibration) ?? '')) return null
  const [row = 0, column = 0] = (said.string(tag.pixelSpacing) ?? '').split('\\').map((length) => Math.round(Number(length) * nanometres))
  const possible = (length: number) => length >= 1 && length <= mostNanometres
  return possible(row) && possible(column) ? { row, column } : null
}

/** Where the file has many frames, and the same is said of all (C.7.6.16.2.1). */
const measuresIn = (data: DataSet): DataSet | null => data.elements[tag.shared]?.items?.[0]?.dataSet?.elements[tag.pixelMeasures]?.items?.[0]?.dataSet ?? null
