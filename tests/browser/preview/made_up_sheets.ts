/** The real sheets of config/, so that each language is looked at as it is. Only their hashes are made up. */
import ar from '../../../config/sheets/clinical-images/1/ar.json'
import en from '../../../config/sheets/clinical-images/1/en.json'
import es from '../../../config/sheets/clinical-images/1/es.json'
import fr from '../../../config/sheets/clinical-images/1/fr.json'
import vi from '../../../config/sheets/clinical-images/1/vi.json'
import zh from '../../../config/sheets/clinical-images/1/zh-Hans.json'
import type { SheetText } from '@client/session/session'

export const sheets: SheetText[] = [ar, en, es, fr, vi, zh].map(({ language_name: languageName, direction, ...rest }) => (
  { ...rest, languageName, direction: direction === 'rtl' ? 'rtl' : 'ltr', text: rest.language.padEnd(42, 'x') + 'A' }
))
