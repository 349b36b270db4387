/** Is the patient whom a DICOM file names the one whose consent is used? The wrong patient is the classic mistake. */
import type { Said } from '../../platform/dicom/said'
import type { ConsentRecord } from '../../session/session'

/** `unknown`: one of the two does not say. */
export type Sameness = 'same' | 'name_differs' | 'birth_differs' | 'unknown'

export function samePatient({ names, birthDate }: Pick<Said, 'names' | 'birthDate'>, record: Pick<ConsentRecord, 'patientName' | 'dateOfBirth'> | null): Sameness {
  const named = names.length > 0 && record !== null && record.patientName.trim() !== ''
  if (named && !names.some((name) => sameName(name, record.patientName))) return 'name_differs'
  if (birthDate !== '' && record?.dateOfBirth && birthDate !== record.dateOfBirth) return 'birth_differs'
  return named ? 'same' : 'unknown'
}

/** Whatever the order, case, accents and titles; one may leave out a middle name, yet two names must be shared where there are two. */
function sameName(one: string, other: string): boolean {
  const [fewer, more] = [wordsOf(one), wordsOf(other)].sort((a, b) => a.size - b.size) as [Set<string>, Set<string>]
  return fewer.size >= Math.min(2, more.size) && fewer.size > 0 && [...fewer].every((word) => more.has(word))
}
const titles = ['mr', 'mrs', 'ms', 'miss', 'mx', 'dr', 'prof', 'master', 'sir', 'dame']
function wordsOf(name: string): Set<string> {
  const plain = name.normalize('NFKD').replace(/\p{M}|['’`.]/gu, '').toLocaleLowerCase('en')
  return new Set(plain.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '' && !titles.includes(word)))
}

/** "Doe^John^Q^Dr^Jr" as it is spoken: "Dr John Q Doe Jr". */
export function spokenName(name: string): string {
  const [family, given, middle, prefix, suffix] = name.split('^')
  return [prefix, given, middle, family, suffix].map((part) => part?.trim()).filter((part) => part).join(' ')
}
