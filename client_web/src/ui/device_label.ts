/** What a person's own list calls a device: no more about the machine than its kind. */
export const deviceLabel = () => (matchMedia('(pointer: coarse)').matches ? 'Phone or tablet' : 'Computer')
