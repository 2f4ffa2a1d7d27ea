/* Temporary directories. */
#ifndef SUPPORT_TEMP_DIR_H
#define SUPPORT_TEMP_DIR_H

/* A new, empty directory under $TMPDIR, or /tmp: its absolute path, or NULL with errno set. */
char *temp_dir_create(void);

/* Removes the directory with everything in it, following no symbolic link, and frees its path. Takes NULL. */
void temp_dir_destroy(char *path);

#endif
