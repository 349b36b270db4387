import type { Scope } from '../../protocol/types'
import type { Asked } from '../../session/session'
import { imageKindShort, purposeWords, sensitivityWords } from '../words'
import { recipientInSentence, sameRecipient, type Names } from './recipient_names'

/** What was asked and is not in the answer, in words: one line each of purposes, people, kinds and delicate pictures. */
export function leftOut(asked: Asked, scope: Scope, names: Names): string[] {
  const { conditions } = scope
  return [
    ...asked.purposes.filter((one) => !scope.purposes.includes(one)).map((one) => purposeWords[one]),
    ...asked.recipients.filter((one) => !scope.recipients.some((other) => sameRecipient(one, other))).map((one) => recipientInSentence(one, names)),
    ...asked.imageKinds.filter((one) => !conditions.image_kinds.includes(one)).map((one) => imageKindShort[one]),
    ...asked.sensitive.filter((one) => !conditions.sensitive.includes(one)).map((one) => sensitivityWords[one]),
  ]
}
