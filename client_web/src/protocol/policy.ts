/** Policy profiles: what a place demands of a consent beyond S5.4's own rows. Data that can only narrow (SPEC S5.7). */
import { integer, list, object, oneOf, role, text, where, type Of } from './shape'
import { basis, purpose, recorderOf, sensitivity, type Basis, type ImageDescriptor, type Purpose, type ReasonCode, type Scope } from './types'

const REQUIREMENTS = ['sheet', 'witness', 'writing', 'professional-interpreter', 'assent'] as const
type Requirement = (typeof REQUIREMENTS)[number]
const PURPOSES: readonly Purpose[] = ['direct-care-advice', 'teaching', 'research']
const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** `bases` and `longest_days` speak of each purpose once; an empty list in a demand means any; `sources`: what it rests on. */
export const policy = where(
  object({
    profile: role, version: integer(1), name: text(),
    bases: list(object({ purpose, bases: list(basis) })), longest_days: list(object({ purpose, days: integer(1, 3650) })),
    emergency_hours: integer(1, 24),
    demands: list(object({ purposes: list(purpose), bases: list(basis), sensitive: list(sensitivity), require: list(oneOf(...REQUIREMENTS)) })),
    sources: list(text()),
  }),
  ({ bases, longest_days }) => [bases, longest_days].every((rows) => rows.length === PURPOSES.length && PURPOSES.every((one) => rows.some((row) => row.purpose === one))),
  'a profile that does not speak of each purpose once',
)
export type Policy = Of<typeof policy>

/** On the other bases nobody has said yes, and nobody may say that somebody did (S5.1). */
export function wasAsked({ basis: on }: Pick<Scope, 'basis'>): boolean {
  return on !== 'expected-in-direct-care' && on !== 'emergency'
}

export function basisSuffices({ bases }: Policy, on: Basis, wanted: Purpose): boolean {
  return bases.some((row) => row.purpose === wanted && row.bases.includes(on))
}

/** The instant (milliseconds) from which the profile no longer lets this consent count for this purpose. */
export function periodEnd({ longest_days, emergency_hours }: Policy, { valid_from, basis: on }: Scope, wanted: Purpose): number {
  const ends = valid_from + Math.min(...longest_days.filter((row) => row.purpose === wanted).map(({ days }) => days)) * DAY
  return on === 'emergency' ? Math.min(ends, valid_from + emergency_hours * HOUR) : ends
}

/** The codes of what is demanded and missing, in the order of S5.4's table. */
export function requirements({ demands }: Policy, scope: Scope, wanted: Purpose, image: ImageDescriptor): ReasonCode[] {
  const applying = demands.filter(({ purposes, bases, sensitive }) =>
    allows(purposes, wanted) && allows(bases, scope.basis) && (sensitive.length === 0 || sensitive.some((one) => image.sensitive.includes(one))))
  const demanded = new Set(applying.flatMap(({ require }) => require))
  return REQUIREMENTS.filter((one) => demanded.has(one) && !isMet(one, scope)).map((one) => `${one.replaceAll('-', '_')}_required` as ReasonCode)
}

function allows<T>(listed: readonly T[], one: T): boolean {
  return listed.length === 0 || listed.includes(one)
}

/** Where nobody was asked, nobody has put anything in writing. */
function isInWriting(scope: Scope): boolean {
  return scope.taken.how !== 'verbal' && wasAsked(scope)
}

function isMet(requirement: Requirement, scope: Scope): boolean {
  const { taken } = scope
  switch (requirement) {
    case 'sheet': return taken.sheet !== null
    case 'witness': return (taken.witness !== null && taken.witness !== recorderOf(scope)) || isInWriting(scope)
    case 'writing': return isInWriting(scope)
    case 'professional-interpreter': return taken.interpreter === null || taken.interpreter === 'professional' || taken.interpreter === 'telephone'
    case 'assent': return taken.assent !== null
  }
}
