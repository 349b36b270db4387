/** How this browser shows things. Nothing here is secret, so it stays outside the encrypted storage. */
export type Theme = 'system' | 'light' | 'dark'
export interface Preferences { theme: Theme; autoLockMinutes: number; passkeyOffered: boolean }

export const autoLockChoices = [1, 2, 5, 10]
const standard: Preferences = { theme: 'system', autoLockMinutes: 5, passkeyOffered: false }
const key = 'inscope.preferences'

function stored(): Preferences {
  try {
    const { theme, autoLockMinutes, passkeyOffered } = JSON.parse(localStorage.getItem(key) ?? '{}')
    return {
      theme: ['system', 'light', 'dark'].includes(theme) ? theme : standard.theme,
      autoLockMinutes: autoLockChoices.includes(autoLockMinutes) ? autoLockMinutes : standard.autoLockMinutes,
      passkeyOffered: passkeyOffered === true,
    }
  } catch { return standard }
}

export const preferences = $state(stored())

function show() {
  if (preferences.theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = preferences.theme
}
show()

export function prefer(change: Partial<Preferences>) {
  Object.assign(preferences, change)
  show()
  try { localStorage.setItem(key, JSON.stringify(preferences)) } catch { /* private window: the choice lasts as long as the page */ }
}
