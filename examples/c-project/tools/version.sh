# Writes version.h from a file that holds the version.
version=$(cat "$1")
echo "#ifndef GEN_VERSION_H"
echo "#define GEN_VERSION_H"
echo "#define CALC_VERSION \"$version\""
echo "#define CALC_VERSION_MAJOR ${version%%.*}"
echo "#endif"
