import dicom from './dicom/dicom_worker?worker&url'
import heic from './heic_worker?worker&url'

const addresses = { dicom, heic }
/** The script addresses that this policy lets through (Trusted Types). Named in the server's Content-Security-Policy. */
interface ScriptPolicy { createScriptURL(input: string): string }
interface ScriptPolicies { createPolicy(name: string, rules: { createScriptURL(input: string): string }): ScriptPolicy }
const policies = (globalThis as { trustedTypes?: ScriptPolicies }).trustedTypes
let policy: ScriptPolicy | undefined
/** Made once, when first needed: a name can be given once. */
const made = () => (policy ??= policies?.createPolicy('decoders', { createScriptURL: (name) => addresses[name as keyof typeof addresses] }))

/** A decoder's own worker: it can be ended whatever a file asks for, and everything that it held is gone with it. */
export const startDecoder = (name: keyof typeof addresses) => new Worker(made()?.createScriptURL(name) ?? addresses[name], { type: 'module' })
