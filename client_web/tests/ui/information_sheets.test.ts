import { expect, it } from 'vitest'
import type { SheetOffer } from '../../src/session/session'
import { languageWords, sheetChoices, sheetPage } from '../../src/ui/consent/information_sheets'

const offer = (sheet: string, version: number, language: string, languageName = language): SheetOffer => ({ sheet, version, language, languageName, direction: 'ltr', title: sheet, text: `${sheet}${version}${language}` })

it('offers the newest version of each sheet, this application’s language first and the others by their English names', () => {
  const groups = sheetChoices([offer('b', 1, 'en'), offer('a', 2, 'vi'), offer('a', 10, 'zh-Hans'), offer('a', 10, 'en'), offer('a', 9, 'fr'), offer('a', 10, 'ar')])
  expect(groups.map((languages) => languages.map(({ sheet, version, language }) => `${sheet}/${version}/${language}`))).toEqual([['a/10/en', 'a/10/ar', 'a/10/zh-Hans'], ['b/1/en']])
  expect(sheetChoices([])).toEqual([])
})

it('names a language for the patient and for the clinician, once where they agree', () => {
  expect(languageWords(offer('a', 1, 'ar', 'العربية'))).toBe('العربية, Arabic')
  expect(languageWords(offer('a', 1, 'zh-Hans', '简体中文'))).toBe('简体中文, Simplified Chinese')
  expect(languageWords(offer('a', 1, 'en', 'English'))).toBe('English')
  expect(languageWords(offer('a', 1, 'qaa', 'Own tongue'))).toBe('Own tongue')
  expect(languageWords(offer('a', 1, 'not a tag', 'Other'))).toBe('Other')
})

it('leads to the page of the very version', () => {
  expect(sheetPage(offer('clinical-images', 3, 'zh-Hans'))).toBe('/sheets/clinical-images/3/zh-Hans')
})
