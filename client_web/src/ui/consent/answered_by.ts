import type { Scope } from '../../protocol/types'
import type { ConsentRecord } from '../../session/session'
import { assentWords, authorityWords, basisWords, emergencyWords, interpreterWords, relationWords } from '../words'

/** Who answered, by what right and through whom: the parts of one line. The names come from the encrypted record, where it is known. */
export function answeredBy({ basis, taken }: Scope, record: ConsentRecord | null): string[] {
  const { representative, assent, reason, interpreter } = taken
  const lower = (words: string) => words.charAt(0).toLowerCase() + words.slice(1)
  return [
    representative === null ? basisWords[basis] : `${record?.representativeName || basisWords[basis]} (${lower(relationWords[representative.relation])}; ${lower(authorityWords[representative.authority])})`,
    assent !== null && `the patient, asked too: ${lower(assentWords[assent])}`,
    reason !== null && lower(emergencyWords[reason]),
    interpreter !== null && `through ${lower(interpreterWords[interpreter])}${record?.interpreterName ? ` (${record.interpreterName})` : ''}`,
  ].filter((part) => part !== false)
}
