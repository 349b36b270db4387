const USUAL_MS = 20_000

/** The time as a screen shows it, for what runs out while somebody looks; new every `period` milliseconds. Call it while a component is made. */
export function currentTime(period = USUAL_MS): { readonly now: number } {
  let now = $state(Date.now())
  $effect(() => {
    const timer = setInterval(() => { now = Date.now() }, period)
    return () => clearInterval(timer)
  })
  return { get now() { return now } }
}
