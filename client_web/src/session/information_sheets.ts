/**
 * Information sheets as the server offers them (API.md). A sheet is shown only after this device has checked that its bytes are the
 * ones that its hash names (SPEC S5.1): what a consent then says was shown is what stood on the screen.
 */
import { fromUtf8, hash, toBase64url } from '../protocol/encoding'
import { INFORMATION_SHEET } from '../protocol/labels'
import { bytes, integer, list, object, oneOf, role, text, type Of } from '../protocol/shape'
import { SessionFailure } from './failure'
import type { SheetOffer, SheetText } from './session'
import { isPassing, type Transport } from './transport'

const MOST_OFFERS = 2_000
const named = { sheet: role, version: integer(1), language: text(35), language_name: text(200), direction: oneOf('ltr', 'rtl'), title: text(200) }
const answerShape = object({ sheets: list(object({ ...named, text: bytes(32) }), MOST_OFFERS) })
const fileShape = object({ ...named, sections: list(object({ topic: role, heading: text(200), text: text() })) })
type File = Of<typeof fileShape>

function altered(): SessionFailure {
  return new SessionFailure('sheet_altered', 'This is not the text that the server named.', 'tell_administrator')
}

function says({ sheet, version, language, language_name, direction, title }: File, offer: SheetOffer): boolean {
  const same = sheet === offer.sheet && version === offer.version && language === offer.language
  return same && language_name === offer.languageName && direction === offer.direction && title === offer.title
}

export class InformationSheets {
  private offers: SheetOffer[] | null = null
  private readonly files = new Map<string, File>()

  constructor(private readonly transport: Pick<Transport, 'get' | 'getBytes'>) {}

  /** As the server offers them now; while it cannot be reached, as it last did since this device was unlocked. */
  async list(): Promise<SheetOffer[]> {
    try {
      const { sheets } = answerShape(await this.transport.get('/api/sheets'))
      this.offers = sheets.map(({ language_name: languageName, ...rest }) => ({ ...rest, languageName }))
    } catch (error) {
      if (this.offers === null || !isPassing(error)) throw error
    }
    return this.offers
  }

  /** The sheet itself; once read, it is there without the server too. Throws `sheet_altered`. */
  async read(offer: SheetOffer): Promise<SheetText> {
    const file = this.files.get(offer.text) ?? await this.fetch(offer)
    if (!says(file, offer)) throw altered()
    this.files.set(offer.text, file)
    return { ...offer, sections: file.sections }
  }

  private async fetch({ sheet, version, language, text: expected }: SheetOffer): Promise<File> {
    const raw = await this.transport.getBytes(`/api/sheets/${sheet}/${version}/${language}`)
    if (toBase64url(hash(INFORMATION_SHEET, raw)) !== expected) throw altered()
    return fileShape(JSON.parse(fromUtf8(raw)))
  }
}
