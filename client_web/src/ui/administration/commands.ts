/** What is typed where the organisation's key is: this page can sign nothing (SPEC S4.7). Roles and teams are given whole, for what was attested before is void. */
import type { StaffView } from '../../session/session'

/** As a POSIX shell takes it for one word, whatever is in it. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

const standing = ({ roles, teams }: StaffView) => [...roles.map((role) => ` --role ${role}`), ...teams.map((team) => ` --team ${team}`)].join('')

export const confirmCommand = 'inscope administrator attest'
export const renewCommand = (one: StaffView) => `inscope administrator set-roles --person ${one.person}${standing(one)}`
export const endCommand = ({ person }: StaffView) => `inscope administrator set-roles --person ${person} --days 0`
export const inviteCommand = (one: StaffView) => `inscope administrator invite --name ${quoted(one.name)} --person ${one.person}${standing(one)}`
export const verifyCommand = 'inscope log verify --head inscope-log-head.json'
export const verifyExportCommand = 'inscope log verify --export log.jsonl --head inscope-log-head.json'
