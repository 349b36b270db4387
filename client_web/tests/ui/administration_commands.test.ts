import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { StaffView } from '../../src/session/session'
import { endCommand, inviteCommand, renewCommand } from '../../src/ui/administration/commands'

const named = (name: string): StaffView => ({
  person: 'per_AAAAAAAAAAAAAAAAAAAAAA', name, roles: ['intern', 'registrar'], teams: ['tea_AAAAAAAAAAAAAAAAAAAAAA'], standing: 'holds', waiting: false, hasDevice: true,
  attestation: { serial: 1, validFrom: 0, validUntil: 1 },
})
/** What a shell makes of a command's words. */
const words = (command: string) => execFileSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).trimEnd().split('\n')

test('roles and teams are given whole, since what was attested before is void', () => {
  const standing = ['--role', 'intern', '--role', 'registrar', '--team', 'tea_AAAAAAAAAAAAAAAAAAAAAA']
  expect(words(renewCommand(named('x')))).toEqual(['inscope', 'administrator', 'set-roles', '--person', 'per_AAAAAAAAAAAAAAAAAAAAAA', ...standing])
  expect(words(inviteCommand(named('x'))).slice(-standing.length)).toEqual(standing)
  expect(words(endCommand(named('x'))).slice(-2)).toEqual(['--days', '0'])
})

test.each(["Dr O'Hara", '$(touch /tmp/x)', '"; echo no; "', '`id`', "''' \\ '", '--days'])('a name is one word to a shell, whatever is in it: %s', (name) => {
  expect(words(inviteCommand(named(name))).slice(0, 5)).toEqual(['inscope', 'administrator', 'invite', '--name', name])
})
