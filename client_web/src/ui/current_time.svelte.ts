const PERIOD_MS = 20_000

/** The time as a screen shows it, for what runs out while somebody looks. Call it while a component is made. */
export function currentTime(): { readonly now: number } {
  let now = $state(Date.now())
  $effect(() => {
    const timer = setInterval(() => { now = Date.now() }, PERIOD_MS)
    return () => clearInterval(timer)
  })
  return { get now() { return now } }
}
