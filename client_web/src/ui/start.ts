import { mount } from 'svelte'
import type { Session } from '../session/session'
import App from './App.svelte'
import './app.css'

/** Shows the shell at once; `load` brings the session's core, which is larger, after it. */
export function start(target: HTMLElement, load: () => Promise<Session>) {
  return mount(App, { target, props: { load } })
}
