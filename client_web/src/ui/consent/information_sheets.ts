/** The information sheets that may be explained to a patient, each in the languages it exists in. */
export interface InformationSheet { sheet: string; version: number; title: string; languages: { language: string; name: string }[] }

export const informationSheets: readonly InformationSheet[] = [
  { sheet: 'clinical-images', version: 1, title: 'Clinical images and who may see them', languages: [{ language: 'en', name: 'English' }] },
]
