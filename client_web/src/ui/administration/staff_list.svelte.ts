import type { Failure, StaffCounts, StaffMark, StaffView } from '../../session/session'
import { failureOf } from '../failure'
import type { LiveSession } from '../live_session.svelte'

/** The people that were asked for: kept while one of them is looked at. Nothing of it outlives the dialog. */
export class StaffList {
  people = $state.raw<StaffView[]>([])
  counts = $state.raw<StaffCounts | null>(null)
  next = $state<string | null>(null)
  only = $state<StaffMark | null>(null)
  name = $state('')
  busy = $state(true)
  failure = $state<Failure | null>(null)
  #asked = 0

  constructor(private readonly session: LiveSession) {}

  async start() {
    this.session.core.staffCounts().then((told) => { this.counts = told }, () => undefined)
    await this.load(null)
  }

  /** An answer that a later question has overtaken is not shown. */
  async load(after: string | null) {
    const asked = ++this.#asked
    this.busy = true
    this.failure = null
    try {
      const page = await this.session.core.staff(this.name.trim(), this.only, after)
      if (asked !== this.#asked) return
      const known = after === null ? [] : this.people.filter((one) => !page.people.some((other) => other.person === one.person))
      this.people = [...known, ...page.people]
      this.next = page.next
    } catch (thrown) { if (asked === this.#asked) this.failure = failureOf(thrown) } finally { if (asked === this.#asked) this.busy = false }
  }

  /** What is known anew of one of them. */
  know(one: StaffView) {
    this.people = this.people.map((each) => (each.person === one.person ? one : each))
  }
}
