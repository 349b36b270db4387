/* The floor of camera_bench: the least that any such program does with a photograph, in the same browser. */
const stream = (library) => ({
  push(bytes, key) {
    const { state, header } = library.crypto_secretstream_xchacha20poly1305_init_push(key)
    const chunks = []
    for (let at = 0; at < bytes.length; at += 65536) {
      const last = at + 65536 >= bytes.length
      const tag = last ? library.crypto_secretstream_xchacha20poly1305_TAG_FINAL : library.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
      chunks.push(library.crypto_secretstream_xchacha20poly1305_push(state, bytes.subarray(at, at + 65536), null, tag))
    }
    return { header, chunks }
  },
  pull({ header, chunks }, key) {
    const state = library.crypto_secretstream_xchacha20poly1305_init_pull(header, key)
    return chunks.map((chunk) => library.crypto_secretstream_xchacha20poly1305_pull(state, chunk, null).message)
  },
})

/** Milliseconds to seal (encode the pixels, secretstream) and to show (secretstream, decode, draw), and the JPEG's bytes. */
async function floor(base64, size) {
  await sodium.ready
  const key = sodium.crypto_secretstream_xchacha20poly1305_keygen()
  const jpeg = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
  const frame = await createImageBitmap(new Blob([jpeg], { type: 'image/jpeg' }))
  const { push, pull } = stream(sodium)
  const start = performance.now()
  const canvas = Object.assign(document.createElement('canvas'), { width: frame.width, height: frame.height })
  canvas.getContext('2d').drawImage(frame, 0, 0)
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.92))
  const bytes = new Uint8Array(await blob.arrayBuffer())
  const sealed = push(bytes, key)
  const between = performance.now()
  const bitmap = await createImageBitmap(new Blob(pull(sealed, key), { type: 'image/jpeg' }))
  const screen = Object.assign(document.createElement('canvas'), size)
  document.body.replaceChildren(screen)
  const context = screen.getContext('2d')
  context.imageSmoothingQuality = 'high'
  const fit = Math.min(size.width / bitmap.width, size.height / bitmap.height)
  context.drawImage(bitmap, 0, 0, bitmap.width * fit, bitmap.height * fit)
  await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  bitmap.close()
  frame.close()
  return { seal: between - start, show: performance.now() - between, bytes: bytes.length }
}
