/**
 * A member of the demonstration without a window: a real device on the same session core as the browser's.
 *
 *   node participant.js ORIGIN FRAGMENT [--state FILE] [--answers] [--gathers TITLE --people ID,ID]
 *
 * `--answers` replies in case threads, and opens the images that arrive, through the gate. `--gathers` makes a social group of
 * that title and adds those people as they become known. Ends quietly when a person has redeemed the invitation in a window.
 */
import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { createSession, type DeviceSession } from '../session/create_session'
import { toFailure } from '../session/failure'
import type { MessageView } from '../session/session'
import { FileStorage } from './file_storage'
import { MemoryStorage } from './memory_storage'
import { nodePlatform } from './node_platform'

const THINKING_MS = { least: 2_000, more: 1_000 }
const GATHERING_MS = 2_000

const ON_IMAGES = [
  'Thank you, I can see it clearly. Is the skin intact, and are pulse and sensation normal beyond it?\n'
  + 'Until I have seen a second view: splint it, elevate, and please check again every hour. (I am a program of this demonstration, not a doctor.)',
  'That helps. Alignment looks acceptable to me on this view.',
  'Thank you. No change to the plan from this one. Please send a film in the slab before the transfer.',
]
const ON_TEXTS = [
  'Thanks for writing. If there are views, please send them once the patient agrees, with the mechanism and what you found on examination.',
  'Understood. Write at once if anything gets worse.',
  'Agreed. I am on until eight; write here if anything changes.',
]

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const think = () => pause(THINKING_MS.least + Math.random() * THINKING_MS.more)

/** Codes only: a log holds nothing of what was said. */
function tell(event: string, error?: unknown): void {
  console.log(error === undefined ? event : `${event}: ${toFailure(error).code}`)
}

class Answers {
  private readonly heard = new Set<string>()
  private running: Promise<void> = Promise.resolve()

  constructor(private readonly session: DeviceSession) {
    // What stood here before this process began was answered by the one before it.
    for (const { thread } of session.threads()) for (const { message } of session.messages(thread)) this.heard.add(message)
  }

  /** One at a time, in the order heard. */
  listen(): void {
    this.session.on((what, thread) => {
      if (what === 'messages' && thread !== null) this.hear(thread)
    })
  }

  private hear(thread: string): void {
    if (this.session.threads().find((each) => each.thread === thread)?.kind !== 'case') return
    for (const message of this.session.messages(thread)) {
      if (this.heard.has(message.message)) continue
      this.heard.add(message.message)
      if (!message.mine) this.running = this.running.then(() => this.answer(thread, message)).catch((error: unknown) => tell('no answer', error))
    }
  }

  private async answer(thread: string, { body }: MessageView): Promise<void> {
    if (body.kind === 'images') {
      for (const { disclosure } of body.images) await this.session.open(thread, disclosure)
      await think()
      await this.say(thread, ON_IMAGES)
    } else if (body.kind === 'text') {
      await think()
      await this.say(thread, ON_TEXTS)
    }
  }

  /** The first of these lines that it has not said in this thread, or the last. */
  private async say(thread: string, lines: string[]): Promise<void> {
    const said = this.session.messages(thread).flatMap(({ body, mine }) => (mine && body.kind === 'text' ? [body.text] : []))
    await this.session.sendText(thread, lines.find((line) => !said.includes(line)) ?? lines.at(-1)!)
  }
}

/** Makes the group once, and adds each person when the directory knows their devices. */
async function gather(session: DeviceSession, title: string, people: string[]): Promise<void> {
  const existing = () => session.threads().find((thread) => thread.kind === 'social' && thread.title === title)
  const group = existing()?.thread ?? (await session.createThread('social', 'none', title, []))
  for (;;) {
    const present = session.threads().find(({ thread }) => thread === group)?.people.map(({ person }) => person) ?? []
    for (const person of people.filter((each) => !present.includes(each))) {
      await session.addPeople(group, [person]).then(() => tell('added somebody'), () => undefined)
    }
    if (people.every((person) => present.includes(person))) return
    await pause(GATHERING_MS)
  }
}

async function begin(origin: string, fragment: string, state: string | undefined): Promise<DeviceSession> {
  const fresh = randomBytes(24).toString('base64url')
  const storage = state === undefined ? new MemoryStorage() : FileStorage.open(state, fresh)
  const passphrase = storage instanceof FileStorage ? storage.passphrase : fresh
  const session = await createSession(nodePlatform(origin, storage))
  if (session.status === 'new') await session.enrol(fragment, passphrase, 'Demonstration')
  else await session.unlock(passphrase)
  return session
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { state: { type: 'string' }, answers: { type: 'boolean' }, gathers: { type: 'string' }, people: { type: 'string' } },
  })
  const [origin, fragment] = positionals
  if (origin === undefined || fragment === undefined) throw new Error('usage: participant.js ORIGIN FRAGMENT [--state FILE] [--answers] [--gathers TITLE --people ID,ID]')
  const session = await begin(origin, fragment, values.state).catch((error: unknown) => {
    if (toFailure(error).code === 'invitation_invalid') return null
    throw error
  })
  if (session === null) return tell('the invitation was redeemed by somebody else')
  tell('ready')
  if (values.answers === true) new Answers(session).listen()
  if (values.gathers !== undefined) await gather(session, values.gathers, (values.people ?? '').split(',').filter((each) => each !== ''))
}

main().catch((error: unknown) => {
  tell('ended', error)
  process.exitCode = 1
})
