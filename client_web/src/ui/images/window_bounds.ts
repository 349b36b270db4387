import type { Window } from '../../platform/dicom/reader'

/** How far window and level go, in the values' own units: as far as the values do, and as the file's own proposals do. */
export interface Bounds { least: number; most: number; widest: number; step: number }

/** The last window is the whole range of values. */
export function boundsOf(windows: readonly Window[]): Bounds {
  const whole = windows.at(-1) as Window
  const step = whole.width > 256 ? Math.round(whole.width / 256) : whole.width / 256
  return {
    least: Math.min(whole.center - whole.width / 2, ...windows.map(({ center }) => center)), most: Math.max(whole.center + whole.width / 2, ...windows.map(({ center }) => center)),
    widest: Math.max(2 * whole.width, ...windows.map(({ width }) => width)), step,
  }
}

export function bounded(window: Window, { least, most, widest, step }: Bounds): Window {
  return { ...window, center: Math.min(most, Math.max(least, window.center)), width: Math.min(widest, Math.max(step, window.width)) }
}

/** By a drag over parts of the picture's sides: down is darker, right is less contrast; the picture's whole width makes the window sixteen times as wide. */
export function dragged(from: Window, right: number, down: number, bounds: Bounds): Window {
  return bounded({ ...from, center: from.center + down * (bounds.most - bounds.least), width: from.width * 16 ** right }, bounds)
}
