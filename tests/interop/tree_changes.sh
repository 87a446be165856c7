# shellcheck shell=bash
# A tree that an image brings, and the ways in which a container may change it: contents, owners,
# modes, types, links, ACLs, xattrs. To be sourced.

# What the image has in /t. No host has such a path, which Podman's own export would need.
image_tree() {
  local name
  mkdir -p "$1"
  for name in untouched modified chmodded chowned appended truncated renamed deleted \
    becomes-directory becomes-link linked has-acl has-xattr loses-acl loses-xattr touched; do
    echo "$name of the image" >"$1/$name"
  done
  for name in plain mode owner deleted recreated emptied becomes-file becomes-link-too renamed acl; do
    mkdir -p "$1/dir-$name/below"
    echo "of the image" >"$1/dir-$name/old"
    echo "of the image" >"$1/dir-$name/below/old"
  done
  ln -s untouched "$1/symlink-changed"
  ln -s untouched "$1/symlink-deleted"
  ln -s untouched "$1/symlink-becomes-file"
  echo "two names" >"$1/pair-one"
  ln "$1/pair-one" "$1/pair-two"
  setfacl -m u:1234:r "$1/loses-acl"
  setfattr -n user.floe -v old "$1/loses-xattr"
}

# change_tree DIRECTORY: inside of the running container's root.
change_tree() (
  cd "$1" || exit
  echo "other content" >modified
  chmod 4711 chmodded
  chown 42:43 chowned
  echo "one more line" >>appended
  : >truncated
  mv renamed renamed-to
  rm deleted
  touch -d 2001-02-03 touched
  rm becomes-directory
  mkdir -m 711 becomes-directory
  echo inside >becomes-directory/new
  rm becomes-link
  ln -s modified becomes-link
  ln linked linked-again
  ln untouched another-name
  setfacl -m u:77:rw,g:88:r has-acl
  setfattr -n user.floe -v 'a value' has-xattr
  setfacl -b loses-acl
  setfattr -x user.floe loses-xattr
  chmod 1750 dir-mode
  chown 9:10 dir-owner
  rm -r dir-deleted
  rm -r dir-recreated
  mkdir dir-recreated
  echo new >dir-recreated/new
  rm -r dir-emptied/* && rmdir dir-emptied && mkdir -m 700 dir-emptied
  rm -r dir-becomes-file
  echo "a file now" >dir-becomes-file
  rm -r dir-becomes-link-too
  ln -s dir-plain dir-becomes-link-too
  cp -a dir-renamed dir-renamed-to
  rm -r dir-renamed
  setfacl -m u:5:rwx,d:u:6:rx dir-acl
  rm dir-plain/below/old
  echo new >dir-plain/below/new
  ln -sfn modified symlink-changed
  rm symlink-deleted
  rm symlink-becomes-file
  echo "a file now" >symlink-becomes-file
  echo "both changed" >>pair-one
  mkfifo -m 620 pipe
  mkdir -p brand/new
  head -c 300000 /dev/urandom >brand/new/random
  ln brand/new/random brand/same
  chmod 2770 brand
  printf 'x' >$'brand/odd \n name'
  printf 'x' >$'brand/\xff\xfe'
  printf 'x' >"brand/$(printf 'n%.0s' {1..250})"
)
