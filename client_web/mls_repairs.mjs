/**
 * Repairs to ts-mls 2.0.0-rc.10, made while bundling. Each is a departure from RFC 9420 in how a *commit is made*:
 *
 * 1. Section 12.4: a commit that removes one member had no update path (the library asked for `length > 1`), so the removed member
 *    could derive the next epoch. Now a committer always adds a path (SPEC S6.3), and a receiver wants one after any update or remove.
 * 2. Section 12.4.1: path secrets were encrypted to leaves that the same commit adds, under the keys which those leaves had before:
 *    a failure when the leaf is new, and a leak to the removed member when the leaf is reused. New leaves get theirs by the welcome.
 * 3. Section 12.4.1: when the committer is left alone, the commit secret was zero instead of derived from the leaf's path secret.
 *
 * The build fails when the library's text is no longer the one that was read. `session/group_crypto.ts` refuses to send or apply
 * a commit without a path, so code that was bundled without these repairs stops and does not leak.
 */
const REPAIRS = {
  'clientState.js': [[
    /const needsUpdatePath = allProposals\.length === 0 \|\|\s+Object\.values\(grouped\[defaultProposalTypes\.update\]\)\.length > 1 \|\|\s+Object\.values\(grouped\[defaultProposalTypes\.remove\]\)\.length > 1;/,
    `const needsUpdatePath = sentByClient || allProposals.length === 0 ||
            grouped[defaultProposalTypes.update].length > 0 || grouped[defaultProposalTypes.remove].length > 0;`,
  ]],
  'updatePath.js': [
    ['senderLeafIndex, groupContext, signaturePrivateKey, cs) {', 'senderLeafIndex, groupContext, signaturePrivateKey, cs, newLeaves = []) {'],
    [
      'pathSecrets.map(encryptSecretsForPath(',
      'pathSecrets.map((one) => ({ ...one, sendTo: one.sendTo.filter((node) => !newLeaves.includes(node)) })).map(encryptSecretsForPath(',
    ],
    ['return [mutableTree, updatePath, pathSecrets, leafKeypair.privateKey];', 'return [mutableTree, updatePath, pathSecrets, leafKeypair.privateKey, pathSecret];'],
  ],
  'createCommit.js': [
    ['const [tree, updatePath, pathSecrets, newPrivateKey] = res.needsUpdatePath', 'const [tree, updatePath, pathSecrets, newPrivateKey, leafPathSecret] = res.needsUpdatePath'],
    [
      'state.groupContext, state.signaturePrivateKey, cipherSuite)\n        : [mutableTree',
      `state.groupContext, state.signaturePrivateKey, cipherSuite, (res.additionalResult.addedLeafNodes ?? []).map(([leaf]) => leaf * 2))
        : [mutableTree`,
    ],
    [
      'toPrivateKeyPath(pathToPathSecrets(pathSecrets), state.privatePath.leafIndex, cipherSuite));\n    const lastPathSecret = pathSecrets.at(-1);',
      `toPrivateKeyPath(pathToPathSecrets(pathSecrets), state.privatePath.leafIndex, cipherSuite));
    const lastPathSecret = pathSecrets.at(-1) ?? (leafPathSecret === undefined ? undefined : { secret: leafPathSecret });`,
    ],
  ],
}

export function mlsRepairs() {
  return {
    name: 'mls-repairs',
    enforce: 'pre',
    transform(code, id) {
      const file = /ts-mls\/dist\/src\/([A-Za-z]+\.js)(\?|$)/.exec(id)?.[1]
      if (file === undefined || REPAIRS[file] === undefined) return null
      const repaired = REPAIRS[file].reduce((text, [slip, repair]) => {
        if (text.split(slip).length !== 2) throw new Error(`ts-mls changed: read ${file} again`)
        return text.replace(slip, () => repair)
      }, code)
      return { code: repaired, map: null }
    },
  }
}
