/** The entry that tests/browser/test_intake.py and test_dicom.py bundle: the client's own intake, for the files that the test hands over. */
import { openDicom, type Window } from '../../src/platform/dicom/reader'
import { DicomError } from '../../src/platform/dicom/refusals'
import { IntakeError, isDicomFile, takeInImage } from '../../src/platform/image_intake'

type Taken = { refused: string } | { bytes: string; mediaType: string; width: number; height: number; takenAt: number | null }

const base64 = (bytes: Uint8Array) => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

/** Anything thrown that is no refusal is the test's to see. */
async function taken(file: Blob, limit?: number): Promise<Taken> {
  try {
    const image = await takeInImage(file, limit)
    return { ...image, bytes: base64(image.bytes) }
  } catch (thrown) {
    if (thrown instanceof IntakeError) return { refused: thrown.code }
    throw thrown
  }
}

/** `window`: null for what the file proposes first. */
interface Wish { frame: number; window: Window | null; inverted: boolean }

/** What the file says, and one picture for each wish. */
async function takenOfDicom(file: Blob, wishes: Wish[], limit?: number) {
  if (!(await isDicomFile(file))) return { refused: 'not_dicom' }
  try {
    const picture = await openDicom(file, limit)
    const images = []
    try {
      for (const { frame, window, inverted } of wishes) {
        const image = await picture.take(frame, window ?? picture.windows[0] ?? null, inverted)
        images.push({ ...image, bytes: base64(image.bytes) })
      }
    } finally { picture.close() }
    const { said, frames, width, height, windows } = picture
    return { said, frames, width, height, windows, images }
  } catch (thrown) {
    if (thrown instanceof DicomError) return { refused: thrown.code, what: thrown.what }
    throw thrown
  }
}

const given = document.createElement('input')
given.type = 'file'
given.multiple = true
given.ariaLabel = 'Files'
document.body.append(given)
Object.assign(window, {
  /** One after the other, each no longer than `limit` milliseconds. */
  takeInGiven: async (limit?: number) => {
    const all: Taken[] = []
    for (const file of given.files ?? []) all.push(await taken(file, limit))
    return all
  },
  takeDicomGiven: async (wishes: Wish[], limit?: number) => {
    const all = []
    for (const file of given.files ?? []) all.push(await takenOfDicom(file, wishes, limit))
    return all
  },
})
