import { describe, expect, it } from 'vitest'
import type { CleanImage } from '../../src/platform/image_intake'
import type { Said } from '../../src/platform/dicom/said'
import { asProposed, descriptionWords, noPicture, offeredFor, type Picture } from '../../src/ui/images/picture'

const leg: Picture = { ...noPicture, kind: 'radiograph', bodySite: 'leg', laterality: 'right' }

describe('the description of another picture of a series', () => {
  it('is offered for one of which nothing was said: the nearest before, else the nearest after', () => {
    expect(offeredFor([leg, leg, noPicture, leg], 2)).toBe(1)
    expect(offeredFor([noPicture, noPicture, leg], 0)).toBe(2)
    expect(offeredFor([noPicture, noPicture], 1)).toBeNull()
  })
  it('is not offered where something was said, and never of itself', () => {
    expect(offeredFor([leg, { ...noPicture, laterality: 'left' }], 1)).toBeNull()
    expect(offeredFor([leg], 0)).toBeNull()
  })
  it('is named with all that would be taken over', () => {
    expect(descriptionWords({ ...leg, bodySite: ' leg ', sensitive: ['intimate'] })).toBe('Radiograph, leg, right, intimate')
  })
  it('is a DICOM file’s own for its own picture alone', () => {
    const said: Said = { names: [], birthDate: '', kind: null, bodySite: '', laterality: '', takenAt: null, burnedIn: 'no', pixelSpacing: null }
    expect(asProposed({} as CleanImage, null, said)).toMatchObject({ kind: null, bodySite: '', laterality: '', sensitive: [] })
  })
})
