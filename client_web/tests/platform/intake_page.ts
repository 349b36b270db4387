/** The entry that tests/browser/test_intake.py bundles: the client's own intake, for the files that the test hands over. */
import { IntakeError, takeInImage } from '../../src/platform/image_intake'

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
})
