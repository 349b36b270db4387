import { beforeAll, describe, expect, it } from 'vitest'
import { readFileSync } from 'node:fs'
import { hash, toBase64url, toUtf8 } from '../../src/protocol/encoding'
import { INFORMATION_SHEET } from '../../src/protocol/labels'
import { ready } from '../../src/protocol/sodium'
import { unreachable } from '../../src/session/failure'
import { InformationSheets } from '../../src/session/information_sheets'

const FILE = new URL('../../../config/sheets/clinical-images/1/ar.json', import.meta.url)
const raw = new Uint8Array(readFileSync(FILE))
beforeAll(ready)

/** A server that offers the Arabic sheet and answers with `bytes`; `reachable` may be turned off. */
function server(bytes: Uint8Array = raw, offered: object = {}) {
  const { sections: _, ...named } = JSON.parse(new TextDecoder().decode(raw)) as Record<string, unknown>
  const line = {
    reachable: true, asked: [] as string[],
    async get<T>(path: string): Promise<T> {
      if (!line.reachable) throw unreachable()
      line.asked.push(path)
      return { sheets: [{ ...named, text: toBase64url(hash(INFORMATION_SHEET, raw)), ...offered }] } as T
    },
    async getBytes(path: string): Promise<Uint8Array> {
      if (!line.reachable) throw unreachable()
      line.asked.push(path)
      return bytes
    },
  }
  return line
}
const read = async (line: ReturnType<typeof server>) => {
  const sheets = new InformationSheets(line)
  return sheets.read((await sheets.list())[0]!)
}

describe('an information sheet', () => {
  it('is read whole, in its language and direction, under the hash of its bytes', async () => {
    const line = server()
    const sheet = await read(line)
    expect(sheet).toMatchObject({ sheet: 'clinical-images', version: 1, language: 'ar', languageName: 'العربية', direction: 'rtl', text: toBase64url(hash(INFORMATION_SHEET, raw)) })
    expect(sheet.sections.map(({ topic }) => topic)).toEqual(['purpose', 'who', 'kept', 'how-long', 'refusal', 'withdraw', 'limits', 'questions'])
    expect(line.asked).toEqual(['/api/sheets', '/api/sheets/clinical-images/1/ar'])
  })

  it('is there without the server once it was read', async () => {
    const line = server()
    const sheets = new InformationSheets(line)
    const offer = (await sheets.list())[0]!
    const first = await sheets.read(offer)
    line.reachable = false
    expect(await sheets.read((await sheets.list())[0]!)).toEqual(first)
  })

  it('is not made up where the server was never reached', async () => {
    const line = server()
    line.reachable = false
    await expect(new InformationSheets(line).list()).rejects.toMatchObject({ code: 'unreachable' })
  })

  it.each<[string, Uint8Array]>([
    ['another word', toUtf8(new TextDecoder().decode(raw).replace('لا. من حقك', 'نعم. من حقك'))], ['a space more at the end', new Uint8Array([...raw, 32])], ['nothing', new Uint8Array()],
  ])('with %s than its hash names is not shown', async (_, bytes) => {
    await expect(read(server(bytes))).rejects.toMatchObject({ code: 'sheet_altered' })
  })

  it.each([{ title: 'Something harmless' }, { language: 'en' }, { direction: 'ltr' }, { version: 2 }, { sheet: 'other' }, { language_name: 'English' }])(
    'offered as something else, %j, is not shown', async (offered) => { await expect(read(server(raw, offered))).rejects.toMatchObject({ code: 'sheet_altered' }) })

  it.each([{ text: 'short' }, { direction: 'up' }, { version: '1' }, { more: 1 }])('is not offered in another form, %j', async (offered) => {
    await expect(new InformationSheets(server(raw, offered)).list()).rejects.toMatchObject({ code: 'malformed' })
  })

  it('is not taken from a file of another form, whoever hashed it', async () => {
    const bytes = toUtf8('{"sheet":"clinical-images"}')
    await expect(read(server(bytes, { text: toBase64url(hash(INFORMATION_SHEET, bytes)) }))).rejects.toMatchObject({ code: 'malformed' })
  })
})
