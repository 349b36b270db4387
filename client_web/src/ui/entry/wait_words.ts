/** "40 seconds", "5 minutes": rounded up, so that it never ends before it is said to. Milliseconds. */
export function waitWords(left: number): string {
  const seconds = Math.ceil(left / 1000)
  if (seconds <= 90) return `${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
  return `${Math.ceil(seconds / 60)} minutes`
}
