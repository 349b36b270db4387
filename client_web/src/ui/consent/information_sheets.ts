import type { SheetOffer } from '../../session/session'

/** The sheets to choose from: of each the newest version, in its languages, this application's own first and the others by their English names. */
export function sheetChoices(offers: readonly SheetOffer[], own = 'en'): SheetOffer[][] {
  const order = ({ language }: SheetOffer) => (language === own ? '' : englishName(language) ?? language)
  return [...new Set(offers.map(({ sheet }) => sheet))].sort().map((code) => {
    const versions = offers.filter(({ sheet }) => sheet === code)
    const newest = Math.max(...versions.map(({ version }) => version))
    return versions.filter(({ version }) => version === newest).sort((a, b) => compare(order(a), order(b)))
  })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** "العربية, Arabic": for the patient to point at and for the clinician to know. */
export function languageWords({ language, languageName }: SheetOffer): string {
  const english = englishName(language)
  return english === null || english === languageName ? languageName : `${languageName}, ${english}`
}

function englishName(language: string): string | null {
  try {
    return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(language) ?? null
  } catch { return null }
}

/** The page of a sheet (API.md), to print or to open on the patient's own phone. */
export const sheetPage = ({ sheet, version, language }: { sheet: string; version: number; language: string }) => `/sheets/${sheet}/${version}/${encodeURIComponent(language)}`
