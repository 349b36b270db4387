/** Strict shapes for what came from outside (SPEC S1.6): each returns the value it was given, typed, or throws `malformed`. */
import { fromBase64url, toUtf8 } from './encoding'
import { malformed } from './failures'
import { fromIdentifier, isRole, type IdentifierKind } from './identifiers'

export type Shape<T> = (value: unknown) => T
export type Of<S> = S extends Shape<infer T> ? T : never
type Fields = Record<string, Shape<unknown>>
type Members<F extends Fields> = { [K in keyof F]: Of<F[K]> }

const MOST_ENTRIES = 200
const MOST_TEXT_BYTES = 16 * 1024

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Exactly these keys, in any order. */
export function object<F extends Fields>(fields: F): Shape<Members<F>> {
  const names = Object.keys(fields)
  return (value) => {
    if (!isRecord(value) || Object.keys(value).length !== names.length) throw malformed('not an object with exactly its fields')
    for (const name of names) {
      if (!Object.hasOwn(value, name)) throw malformed(`without its field ${name}`)
      fields[name]!(value[name])
    }
    return value as Members<F>
  }
}

/** One of several objects, told apart by their `kind`. */
export function variants<V extends Record<string, Fields>>(variantFields: V): Shape<{ [K in keyof V & string]: { kind: K } & Members<V[K]> }[keyof V & string]> {
  const shapes = new Map(Object.entries(variantFields).map(([kind, fields]) => [kind, object({ kind: literal(kind), ...fields })]))
  return (value) => {
    const shape = isRecord(value) && typeof value['kind'] === 'string' ? shapes.get(value['kind']) : undefined
    if (shape === undefined) throw malformed('of no known kind')
    return shape(value) as never
  }
}

export function literal<T extends string>(only: T): Shape<T> {
  return oneOf(only)
}

export function oneOf<T extends string>(...choices: T[]): Shape<T> {
  return (value) => {
    if (!choices.includes(value as T)) throw malformed('not one of the known words')
    return value as T
  }
}

/** At most so many entries, none of them twice: two are the same when their values are, in whatever order their keys stand. */
export function list<T>(entry: Shape<T>, most = MOST_ENTRIES): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > most) throw malformed('not a list, or too long')
    value.forEach((each) => entry(each))
    if (new Set(value.map(sameWhenEqual)).size !== value.length) throw malformed('a list with an entry twice')
    return value as T[]
  }
}

function sameWhenEqual(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (isRecord(each) ? Object.entries(each).sort() : each))
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? null : shape(value))
}

export const boolean: Shape<boolean> = (value) => {
  if (typeof value !== 'boolean') throw malformed('not true or false')
  return value
}

export function integer(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Shape<number> {
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < least || (value as number) > most) throw malformed('not an integer in range')
    return value as number
  }
}

/** At most 16 KiB of UTF-8, and so many characters (Unicode code points). */
export function text(mostCharacters = MOST_TEXT_BYTES): Shape<string> {
  return (value) => {
    if (typeof value !== 'string' || value.length > MOST_TEXT_BYTES) throw malformed('not text, or too long')
    if (toUtf8(value).length > MOST_TEXT_BYTES || [...value].length > mostCharacters) throw malformed('text too long')
    return value
  }
}

export function matching(accepts: (text: string) => boolean): Shape<string> {
  return (value) => {
    if (typeof value !== 'string' || !accepts(value)) throw malformed('text of another form')
    return value
  }
}

export const role = matching(isRole)

export function identifier(kind: IdentifierKind): Shape<string> {
  return (value) => {
    if (typeof value !== 'string') throw malformed(`not a ${kind} identifier`)
    fromIdentifier(kind, value)
    return value
  }
}

/** Base64url of `least` to `most` bytes; it stays text, as on the wire. */
export function bytes(least: number, most = least): Shape<string> {
  return (value) => {
    if (typeof value !== 'string') throw malformed('not base64url')
    const { length } = fromBase64url(value)
    if (length < least || length > most) throw malformed('not the right number of bytes')
    return value
  }
}

/** A shape and one rule over the whole. */
export function where<T>(shape: Shape<T>, holds: (value: T) => boolean, rule: string): Shape<T> {
  return (value) => {
    const checked = shape(value)
    if (!holds(checked)) throw malformed(rule)
    return checked
  }
}
