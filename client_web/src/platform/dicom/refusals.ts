/** Why a DICOM file is not taken in. */
export type DicomRefusal =
  | 'file_too_large' | 'too_many_pixels' | 'not_a_picture' | 'unknown_coding' | 'unknown_pixels' | 'takes_too_long' | 'not_loaded' | 'cannot_be_read'

/** `what`: from our own lists, never the file's text. */
export class DicomError extends Error {
  constructor(readonly code: DicomRefusal, readonly what = '') { super(code) }
}

const words: Record<DicomRefusal, (what: string) => string> = {
  file_too_large: () => 'That DICOM file is larger than 40 MB.',
  too_many_pixels: () => 'That picture is larger than 50 megapixels.',
  not_a_picture: (what) => `That DICOM file holds ${what}, and only pictures can be sent.`,
  unknown_coding: (what) => `The pixels of that DICOM file are coded as ${what}, which cannot be read here. Export it as JPEG or PNG.`,
  unknown_pixels: (what) => `That DICOM file has ${what}, which cannot be shown here. Export it as JPEG or PNG.`,
  takes_too_long: () => 'That DICOM file takes too long to read on this device. Export it as JPEG or PNG.',
  not_loaded: () => 'What reads DICOM files could not be loaded. Try again when there is a connection.',
  cannot_be_read: () => 'That DICOM file is damaged or cannot be read.',
}
export const dicomRefusalWords = ({ code, what }: DicomError) => words[code](what)
