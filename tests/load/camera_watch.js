/* Watches a window of the product from inside, by what it shows and what it asks of the network. */
const buttons = (name, within = document) => [...within.querySelectorAll('button')].filter((one) => one.textContent.trim() === name)
const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))

async function until(met) {
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const found = met()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('it never came')
}

/** From the shutter until the picture that was taken is in hand: {ms, width, height}. */
async function taken() {
  const { videoWidth: width, videoHeight: height } = document.querySelector('video')
  const start = performance.now()
  buttons('Take the photograph')[0].click()
  await until(() => buttons('Use it')[0])
  return { ms: performance.now() - start, width, height }
}

/** From Send until the first sealed part is on its way. */
async function sealed() {
  performance.clearResourceTimings()
  const start = performance.now()
  buttons('Send image')[0].click()
  const first = await until(() => performance.getEntriesByType('resource').find(({ name }) => name.includes('/api/uploads/')))
  return first.startTime - start
}

/** From pressing Open in the newest message until its pixels are on the screen: {ms, width, height} of the canvas. */
async function shown() {
  const start = performance.now()
  buttons('Open', [...document.querySelectorAll('figure')].at(-1))[0].click()
  await until(() => document.querySelector('dialog canvas')?.width > 1 && !document.querySelector('dialog .on-the-way'))
  await drawn()
  const { width, height } = document.querySelector('dialog canvas')
  return { ms: performance.now() - start, width, height }
}
