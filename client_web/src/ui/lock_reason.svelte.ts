/** Why this page is locked: nobody used it for `minutes`, or somebody pressed Lock. Null: it has only just been opened. */
export type LockReason = { minutes: number } | 'pressed' | null

let reason = $state<LockReason>(null)
export const lockReason = () => reason
export const lockedBecause = (why: LockReason) => { reason = why }
