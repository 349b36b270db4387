/** Of whom the consents of a thread are: a case is about one patient, a meeting about several. Pure. */
import type { ConsentRecord, ConsentView, MessageView } from '../../session/session'

/** `record`: what this device knows of them; null where it does not. */
export interface ThreadPatient { subject: string; record: ConsentRecord | null }

/** Each patient once, in the order of the consents, with the first record that is known. */
export function patientsOf(consents: readonly ConsentView[]): ThreadPatient[] {
  const subjects = [...new Set(consents.map(({ scope }) => scope.subject))]
  return subjects.map((subject) => ({ subject, record: consents.find(({ scope, record }) => scope.subject === subject && record !== null)?.record ?? null }))
}

/** What tells one from another: the name, and the record number too where two have one name. */
export function patientNames(patients: readonly ThreadPatient[]): Map<string, string> {
  const nameOf = ({ record }: ThreadPatient) => record?.patientName || record?.recordNumber || 'a patient whose name this device does not know'
  return new Map(patients.map((one) => {
    const shared = patients.some((other) => other !== one && nameOf(other) === nameOf(one))
    return [one.subject, shared && one.record?.recordNumber ? `${nameOf(one)} (${one.record.recordNumber})` : nameOf(one)]
  }))
}

/** The log, in which a consent's story names its patient wherever the thread has more than one. */
export function withPatients(messages: readonly MessageView[], consents: readonly ConsentView[]): MessageView[] {
  const patients = patientsOf(consents)
  if (patients.length < 2) return [...messages]
  const names = patientNames(patients)
  const nameIn = (consent: string) => names.get(consents.find((one) => one.consent === consent)?.scope.subject ?? '')
  return messages.map((message) => (message.body.kind === 'consent-record' ? { ...message, body: { ...message.body, patient: nameIn(message.body.consent) } } : message))
}
