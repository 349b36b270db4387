import type { VersionChange } from '../../session/consent_changes'

/** Who did what to a consent, in a sentence. `who`: the clinician who recorded it, "You" among them; `patient`: whose it is, where that is to be told. */
export function versionWords(change: VersionChange | null, who: string, version: number, patient = ''): string {
  const asked = `${who} asked.`
  const [they, them, of] = patient === '' ? ['The patient', 'the patient', ''] : [patient.charAt(0).toUpperCase() + patient.slice(1), patient, ` of ${patient}`]
  switch (change) {
    case 'agreed': return version === 1 ? `${they} agreed, on their own page. ${asked}` : `${they} agreed, on their own page (version ${version}). ${asked}`
    case 'refused': return `${they} said no, on their own page. ${asked}`
    case 'less': return `${they} agreed to less, on their own page (version ${version}).`
    case 'taken_back': return `${they} took back their yes, on their own page.`
    case 'ended': return `${they} said no, on their own page, to what was shared without asking.`
    case 'withdrawn': return `${who} withdrew a consent, for ${them}.`
    case 'no_recorded': return `${who} recorded that ${them} said no.`
    case 'emergency': return `${who} recorded an emergency${of}: nobody could be asked.`
    case 'recorded': case 'changed': return version === 1 ? `${who} recorded a consent${of}.` : `${who} changed a consent${of} (version ${version}).`
    case null: return `${who} told of a consent (version ${version}), which this device could not verify yet.`
  }
}
export const isNo = (change: VersionChange | null) => change === 'refused' || change === 'no_recorded' || change === 'taken_back' || change === 'ended' || change === 'withdrawn'
