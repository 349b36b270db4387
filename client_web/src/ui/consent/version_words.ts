import type { VersionChange } from '../../session/consent_changes'

/** Who did what to a consent, in a sentence. `who`: the clinician who recorded it, "You" among them. */
export function versionWords(change: VersionChange | null, who: string, version: number): string {
  const asked = `${who} asked.`
  switch (change) {
    case 'agreed': return version === 1 ? `The patient agreed, on their own page. ${asked}` : `The patient agreed, on their own page (version ${version}). ${asked}`
    case 'refused': return `The patient said no, on their own page. ${asked}`
    case 'less': return `The patient agreed to less, on their own page (version ${version}).`
    case 'taken_back': return 'The patient took back their yes, on their own page.'
    case 'ended': return 'The patient said no, on their own page, to what was shared without asking.'
    case 'withdrawn': return `${who} withdrew a consent, for the patient.`
    case 'no_recorded': return `${who} recorded that the patient said no.`
    case 'emergency': return `${who} recorded an emergency: nobody could be asked.`
    case 'recorded': case 'changed': return version === 1 ? `${who} recorded a consent.` : `${who} changed a consent (version ${version}).`
    case null: return `${who} told of a consent (version ${version}), which this device could not verify yet.`
  }
}
export const isNo = (change: VersionChange | null) => change === 'refused' || change === 'no_recorded' || change === 'taken_back' || change === 'ended' || change === 'withdrawn'
