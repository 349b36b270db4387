const signsOfLife = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const

/**
 * Calls `lock` after `minutes()` without a touch or a key. It compares clock times rather than trusting a long timer,
 * since a sleeping phone's timers sleep too: the check also runs when the page comes back into view.
 */
export function autoLock(minutes: () => number, lock: () => void): () => void {
  let last = Date.now()
  const alive = () => { if (!overdue()) last = Date.now() }
  const overdue = () => Date.now() - last >= minutes() * 60_000
  const check = () => { if (overdue()) { last = Date.now(); lock() } }
  const timer = setInterval(check, 1_000)
  for (const sign of signsOfLife) window.addEventListener(sign, alive, { capture: true, passive: true })
  document.addEventListener('visibilitychange', check)
  return () => {
    clearInterval(timer)
    for (const sign of signsOfLife) window.removeEventListener(sign, alive, { capture: true })
    document.removeEventListener('visibilitychange', check)
  }
}
