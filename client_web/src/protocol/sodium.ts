/** The one door to libsodium. It is large, so it is a chunk of its own, loaded once and before the first key is touched. */

type Sodium = (typeof import('libsodium-wrappers-sumo'))['default']

let loaded: Sodium | null = null
let loading: Promise<void> | null = null

async function load(): Promise<void> {
  const { default: library } = await import('libsodium-wrappers-sumo')
  await library.ready
  loaded = library
}

/** Loads libsodium. A failed load (a poor line) is tried afresh by the next call. */
export function ready(): Promise<void> {
  loading ??= load().catch((error: unknown) => {
    loading = null
    throw error
  })
  return loading
}

/** libsodium itself; throws when `ready()` was not awaited before. */
export function sodium(): Sodium {
  if (loaded === null) throw new Error('libsodium is not loaded: await ready() first')
  return loaded
}
